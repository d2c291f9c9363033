"""What the indexer learns from, streamed from the catalog into flat arrays."""

from indexer.sources.browsing import read_browsing
from indexer.sources.catalog_products import ProductRows, read_products, read_texts
from indexer.sources.catalog_purchases import read_purchases

__all__ = ["ProductRows", "read_browsing", "read_products", "read_purchases", "read_texts"]
