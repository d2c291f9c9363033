"""Purchases, page by page, into three flat arrays: 16 bytes each, whatever their number."""

from array import array
from collections.abc import Mapping

import numpy as np
import structlog

from adapters.catalog import CatalogClient
from indexer import progress
from indexer.factorization import Purchases


async def read_purchases(catalog: CatalogClient, row_of: Mapping[str, int]) -> Purchases:
    """Reads the whole purchase feed; purchases of products that the catalog no longer has are left out."""
    shopper_numbers: dict[str, int] = {}
    shoppers, products, times = array("i"), array("i"), array("q")
    unknown = 0
    with progress.stage("Reading purchases", None, "purchases") as advance:
        async for page in catalog.purchases():
            for purchase in page:
                row = row_of.get(purchase.product_id)
                if row is None:
                    unknown += 1
                    continue
                shoppers.append(shopper_numbers.setdefault(purchase.user_id, len(shopper_numbers)))
                products.append(row)
                times.append(int(purchase.purchased_at.timestamp()))
            advance(len(page))
    if unknown:
        structlog.get_logger("indexer").warning(
            "purchases of products that the catalog does not list were left out", purchases=unknown
        )
    return Purchases(
        np.frombuffer(shoppers, dtype=np.int32) if shoppers else np.empty(0, np.int32),
        np.frombuffer(products, dtype=np.int32) if products else np.empty(0, np.int32),
        np.frombuffer(times, dtype=np.int64) if times else np.empty(0, np.int64),
        len(shopper_numbers),
    )
