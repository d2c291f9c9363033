"""Evaluation beside baselines, and its report."""
