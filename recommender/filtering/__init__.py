"""Decides which products may be shown: filters, deletions and banned products."""

from recommender.filtering.item_filter import ItemFilter, RowMask

__all__ = ["ItemFilter", "RowMask"]
