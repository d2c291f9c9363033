"""Refreshes the live snapshot with new and changed products."""
