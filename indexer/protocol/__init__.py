"""The evaluation protocol: splits, tasks and metrics."""
