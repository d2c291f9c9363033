"""The measuring protocol: splits, tasks and metrics."""
