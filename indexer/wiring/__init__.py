"""Composition root of the indexer: builds, evaluations and tuning from settings."""
