"""Profiles of shoppers: merged from catalog and events, kept, changed and dropped."""
