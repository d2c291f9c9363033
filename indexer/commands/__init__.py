"""The commands of `python -m indexer`, one module per family."""
