"""The indexer: a job that reads the catalog, learns from purchases and publishes a snapshot."""

__version__ = "0.1.0"
