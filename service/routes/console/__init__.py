"""Answers of the console as JSON."""
