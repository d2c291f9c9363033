"""Scenarios: one file and one function for each kind of recommendation."""
