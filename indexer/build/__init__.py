"""Builds and refreshes, from the catalog to a published snapshot."""
