"""Training data, streamed from the catalog, the event store or files into flat arrays."""

from indexer.sources.browsing import read_browsing
from indexer.sources.catalog_products import ProductRows, ProductSource, read_products, read_texts, text_of
from indexer.sources.catalog_purchases import PurchaseSource, read_purchases
from indexer.sources.catalog_reading import CatalogReading
from indexer.sources.left_out import LeftOutRecords
from indexer.sources.loads import LoadSource, read_loads

__all__ = [
    "CatalogReading",
    "LeftOutRecords",
    "LoadSource",
    "ProductRows",
    "ProductSource",
    "PurchaseSource",
    "read_browsing",
    "read_loads",
    "read_products",
    "read_purchases",
    "read_texts",
    "text_of",
]
