"""Commands of `python -m indexer`, one module per group."""
