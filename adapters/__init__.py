"""Input and output shared by service and indexer."""
