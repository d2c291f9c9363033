"""Responses without the router, and what handlers note for them."""
