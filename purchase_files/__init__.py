"""Reads anyone's file of purchases.

Finds its format and the meaning of its columns, and checks its rows. It is the one reader of the catalog, the demo and
the indexer, and imports none of them.
"""

from purchase_files.errors import RefusedFile
from purchase_files.options import ReadingOptions
from purchase_files.preview import Example, FileFacts, LeftOut, Preview, StatusColumn, TakenColumn
from purchase_files.purchase_data import PurchaseData
from purchase_files.reading import open_purchases
from purchase_files.values.hashing import shopper_id
from purchase_files.values.ids import encode

__all__ = [
    "Example",
    "FileFacts",
    "LeftOut",
    "Preview",
    "PurchaseData",
    "ReadingOptions",
    "RefusedFile",
    "StatusColumn",
    "TakenColumn",
    "encode",
    "open_purchases",
    "shopper_id",
]
