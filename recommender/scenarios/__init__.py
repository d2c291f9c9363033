"""The lists that can be requested."""
