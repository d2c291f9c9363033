"""One published snapshot in memory, and the overlay of newer product data."""

from recommender.snapshot.snapshot import FloatMatrix, ProductColumns, ServingParameters, Snapshot

__all__ = ["FloatMatrix", "ProductColumns", "ServingParameters", "Snapshot"]
