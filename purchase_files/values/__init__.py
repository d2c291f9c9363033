"""Ids, numbers and times, whose forms are found over whole columns."""
