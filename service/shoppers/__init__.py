"""Shoppers: their profiles, events, preferences, export and erasure."""
