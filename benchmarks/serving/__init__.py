"""Compares the service with ready-made answers, by CPU time per request."""
