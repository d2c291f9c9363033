"""Rows of purchases: their values, reasons to leave some out, and facts."""
