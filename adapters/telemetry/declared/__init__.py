"""Declarations of every metric, log event and span, the source of their reference."""
