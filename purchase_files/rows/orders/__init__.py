"""Brings ids of orders into one form and tells repeated ones apart."""
