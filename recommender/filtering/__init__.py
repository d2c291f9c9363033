"""Filters, deletions and bans: decides which products may be shown."""

from recommender.filtering.masks import ItemFilter

__all__ = ["ItemFilter"]
