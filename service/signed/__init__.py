"""Signed tokens that clients pass back: cursors and recommendation ids."""
