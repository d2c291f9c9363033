"""What may be shown: filters, deletions, and what the shopper has already."""

from recommender.filtering.masks import ItemFilter, NarrowedFilter, outside

__all__ = ["ItemFilter", "NarrowedFilter", "outside"]
