"""Evaluation against baselines, and its report."""
