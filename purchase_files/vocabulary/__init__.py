"""The names that columns and their values have, in several languages."""
