"""Benchmarks of training, filters and events on synthetic data."""
