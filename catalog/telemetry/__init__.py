"""Logs and traces of the catalog."""
