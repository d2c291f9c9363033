"""Decides which products may be shown: filters, deletions and banned products."""

from recommender.filtering.item_filter import ItemFilter, RowMask
from recommender.filtering.unknown_names import UnknownName, unknown_names

__all__ = ["ItemFilter", "RowMask", "UnknownName", "unknown_names"]
