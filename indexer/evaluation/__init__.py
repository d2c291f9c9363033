"""Measuring recommenders: splits, tasks, metrics, baselines, and the report."""
