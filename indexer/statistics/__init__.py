"""Counts over purchases: popularity, demand over time, products bought together."""
