"""Recommendation requests, from decoded parameters to the response."""
