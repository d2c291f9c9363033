"""Reads the catalog's purchase feed into flat arrays, 32 bytes per purchase."""

import hashlib
from array import array
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from adapters.catalog import Purchase
from indexer import progress
from indexer.factorization import Purchases
from recommender.profiles.refunds import kept_purchases


class PurchaseSource(Protocol):
    """All purchases of a shop."""

    def purchases(self) -> AsyncIterator[list[Purchase]]:
        """Pages of purchases in the order of their recording.

        Raises:
            adapters.catalog.CatalogError: a page cannot be read.
        """
        ...


async def read_purchases(catalog: PurchaseSource, row_of: Mapping[str, int], now: datetime) -> Purchases:
    """Reads the whole purchase feed.

    Purchases of products not in the catalog, and refunded ones, are dropped. Times in the future are
    clipped to `now`: one mistyped year would otherwise make all real purchases old.
    """
    shopper_numbers: dict[str, int] = {}
    shoppers, products, times, orders = array("i"), array("i"), array("q"), array("q")
    quantities = array("d")
    unknown = future = 0
    latest = int(now.timestamp())
    with progress.stage("Reading purchases", None, "purchases") as advance:
        async for page in catalog.purchases():
            for purchase in page:
                row = row_of.get(purchase.product_id)
                if row is None:
                    unknown += 1
                    continue
                shoppers.append(shopper_numbers.setdefault(purchase.user_id, len(shopper_numbers)))
                products.append(row)
                at = int(purchase.purchased_at.timestamp())
                future += at > latest
                times.append(min(at, latest))
                orders.append(order_number(purchase.order_id))
                quantities.append(purchase.quantity)
            advance(len(page))
    if unknown:
        structlog.get_logger("indexer").warning(
            "dropped purchases of products not in the catalog", purchases=unknown
        )
    if future:
        structlog.get_logger("indexer").warning(
            "treated purchases in the future as made now", purchases=future
        )
    return _without_refunded(
        Purchases(
            np.frombuffer(shoppers, dtype=np.int32) if shoppers else np.empty(0, np.int32),
            np.frombuffer(products, dtype=np.int32) if products else np.empty(0, np.int32),
            np.frombuffer(times, dtype=np.int64) if times else np.empty(0, np.int64),
            len(shopper_numbers),
            tuple(shopper_numbers),
            np.frombuffer(orders, dtype=np.int64) if orders else np.empty(0, np.int64),
        ),
        np.frombuffer(quantities, dtype=np.float64) if quantities else np.empty(0),
    )


def _without_refunded(purchases: Purchases, quantities: NDArray[np.float64]) -> Purchases:
    """Drops refunds and the purchases that they cancel. `quantities` has one value per purchase."""
    if (quantities > 0).all():
        return purchases
    groups = purchases.shoppers.astype(np.int64) << 32 | purchases.products
    orders = np.zeros(len(purchases), np.int64) if purchases.orders is None else purchases.orders
    kept = kept_purchases(groups, purchases.times.astype(np.float64), quantities, orders)
    structlog.get_logger("indexer").info("dropped refunds and refunded purchases", lines=int((~kept).sum()))
    return purchases.select(kept)


def order_number(order_id: str | None) -> int:
    """First 63 bits of a digest of the order id, or 0.

    A digest avoids a table of orders.
    """
    if not order_id:
        return 0
    digest = hashlib.blake2b(order_id.encode(errors="surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest) >> 1) or 1
