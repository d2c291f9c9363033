"""The indexer job: reads the catalog, trains the model and publishes a snapshot."""

__version__ = "0.1.0"
