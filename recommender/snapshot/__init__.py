"""One published snapshot in memory, and the overlay of newer product data."""

from recommender.snapshot.snapshot import SHORT_HISTORY, ProductColumns, ServingParameters, Snapshot

__all__ = ["SHORT_HISTORY", "ProductColumns", "ServingParameters", "Snapshot"]
