"""Reads the catalog's purchase feed into flat arrays, 32 bytes per purchase."""

import hashlib
from array import array
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Any, Protocol, TypeVar

import numpy as np
import structlog
from numpy.typing import NDArray

from adapters.catalog import Purchase
from adapters.snapshots.shop_data import UNKNOWN_PRODUCT
from indexer import progress
from indexer.factorization import Purchases
from indexer.sources.left_out import MAX_EXAMPLES, LeftOutRecords
from recommender.profiles.refunds import kept_purchases

LATER = "made after the time that the build was given with --until"
REPEATED = "equal to another one of the same page or the page before"
NOTHING_BOUGHT = "its quantity is 0"
"""Reasons to leave out a purchase."""

Number = TypeVar("Number", np.int32, np.int64, np.float64)


class PurchaseSource(Protocol):
    """All purchases of a shop."""

    def purchases(self) -> AsyncIterator[list[Purchase]]:
        """Pages of purchases in the order of their recording.

        Raises:
            adapters.catalog.CatalogError: a page cannot be read.
        """
        ...


@dataclass(slots=True)
class _Lines:
    """Lines of purchases, column by column."""

    shoppers: "array[int]" = field(default_factory=lambda: array("i"))
    products: "array[int]" = field(default_factory=lambda: array("i"))
    times: "array[int]" = field(default_factory=lambda: array("q"))
    orders: "array[int]" = field(default_factory=lambda: array("q"))
    quantities: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, shopper: int, product: int, at: int, order: int, quantity: float) -> None:
        """Appends a line."""
        self.shoppers.append(shopper)
        self.products.append(product)
        self.times.append(at)
        self.orders.append(order)
        self.quantities.append(quantity)

    def of_shoppers(self, shopper_ids: Collection[str]) -> Purchases:
        """Purchases of known shoppers, with refunds."""
        shoppers = _column(self.shoppers, np.int32)
        return self._purchases(shoppers, len(shopper_ids), tuple(shopper_ids))

    def of_guests(self) -> Purchases:
        """Purchases in which each order is a shopper of its own, with refunds."""
        orders, numbers = np.unique(_column(self.orders, np.int64), return_inverse=True)
        return self._purchases(numbers.astype(np.int32), len(orders), ())

    def kept(self, purchases: Purchases) -> NDArray[np.bool_]:
        """Marks what remains without refunds and the purchases that they cancel."""
        quantities = _column(self.quantities, np.float64)
        if (quantities > 0).all():
            return np.ones(len(quantities), np.bool_)
        groups = purchases.shoppers.astype(np.int64) << 32 | purchases.products
        orders = _column(self.orders, np.int64)
        return kept_purchases(groups, purchases.times.astype(np.float64), quantities, orders)

    def _purchases(self, shoppers: NDArray[np.int32], count: int, shopper_ids: tuple[str, ...]) -> Purchases:
        columns = _column(self.products, np.int32), _column(self.times, np.int64)
        return Purchases(shoppers, *columns, count, shopper_ids, _column(self.orders, np.int64))


async def read_purchases(
    catalog: PurchaseSource,
    row_of: Mapping[str, int],
    now: datetime,
    left_out: LeftOutRecords | None = None,
    until: datetime | None = None,
) -> tuple[Purchases, Purchases]:
    """Reads the whole purchase feed.

    Purchases of products not in the catalog, of nothing, repeated and refunded ones are dropped. Times in the future
    are clipped to `now`: one mistyped year would otherwise make all real purchases old.

    Args:
        catalog: source of the purchases.
        row_of: product row by product id.
        now: the current time.
        left_out: counts the dropped ones.
        until: time from which purchases are dropped. None keeps all.

    Returns:
        Purchases of shoppers, and those of guests. Each order of a guest has a shopper number of its own.
    """
    shopper_numbers: dict[str, int] = {}
    of_shoppers, of_guests = _Lines(), _Lines()
    left_out = left_out or LeftOutRecords()
    unknown = 0
    latest = int(now.timestamp())
    end = until.timestamp() if until else inf
    with progress.stage("Reading purchases", None, "purchases") as advance:
        async for page in _without_repeats(catalog.purchases(), left_out):
            for purchase in page:
                row = row_of.get(purchase.product_id)
                if row is None or purchase.quantity == 0:
                    unknown += row is None
                    reason = UNKNOWN_PRODUCT if row is None else NOTHING_BOUGHT
                    left_out.add("purchase", reason, [_name(purchase)])
                    continue
                at = int(purchase.purchased_at.timestamp())
                if at >= end:
                    left_out.add("purchase", LATER, [_name(purchase)])
                    continue
                left_out.future += at > latest
                line = row, min(at, latest), order_number(purchase.order_id), purchase.quantity
                if purchase.user_id is None:
                    of_guests.add(0, *line)
                else:
                    number = shopper_numbers.setdefault(purchase.user_id, len(shopper_numbers))
                    of_shoppers.add(number, *line)
            advance(len(page))
    _warn(unknown, left_out.future)
    shoppers = _without_refunded(of_shoppers, of_shoppers.of_shoppers(shopper_numbers), row_of, left_out)
    guests = _without_refunded(of_guests, of_guests.of_guests(), row_of, left_out)
    if len(guests):
        structlog.get_logger("indexer").info(
            "read purchases of guests, for popularity and products bought together",
            orders=guests.shopper_count,
            purchases=len(guests),
        )
    return shoppers, guests


async def _without_repeats(
    pages: AsyncIterator[list[Purchase]], left_out: LeftOutRecords
) -> AsyncIterator[list[Purchase]]:
    """Drops purchases that come again, because others were inserted while the feed was read."""
    before: Counter[Purchase] = Counter()
    repeats = 0
    async for page in pages:
        times = Counter(page)
        once = [purchase for purchase in times if purchase not in before]
        if len(once) < len(page):
            repeats += len(page) - len(once)
            names = (_name(each) for each, count in times.items() if count > 1 or each in before)
            left_out.add("purchase", REPEATED, names, len(page) - len(once))
        before = times
        yield once
    if repeats:
        structlog.get_logger("indexer").warning("dropped repeated purchases", purchases=repeats)


def _warn(unknown: int, future: int) -> None:
    """Logs the numbers of purchases of unknown products and of those in the future."""
    log = structlog.get_logger("indexer")
    if unknown:
        log.warning("dropped purchases of products not in the catalog", purchases=unknown)
    if future:
        log.warning("treated purchases in the future as made now", purchases=future)


def _column(values: "array[Any]", dtype: type[Number]) -> NDArray[Number]:
    return np.frombuffer(values, dtype=dtype) if values else np.empty(0, dtype)


def _name(purchase: Purchase) -> str:
    """Names a purchase by its id and its product, never by its shopper."""
    named = "purchase" if purchase.id is None else f"purchase {purchase.id!r}"
    return f"{named} of product {purchase.product_id!r}"


def _without_refunded(
    lines: _Lines, purchases: Purchases, row_of: Mapping[str, int], left_out: LeftOutRecords
) -> Purchases:
    """Drops refunds and the purchases that they cancel."""
    kept = lines.kept(purchases)
    dropped = purchases.products[~kept]
    if not len(dropped):
        return purchases
    first = set(dropped[:MAX_EXAMPLES].tolist())
    names = (f"purchase of product {product!r}" for product, row in row_of.items() if row in first)
    left_out.add("purchase", "returned, or the return itself", names, len(dropped))
    structlog.get_logger("indexer").info("dropped refunds and refunded purchases", lines=len(dropped))
    return purchases.select(kept)


def order_number(order_id: str | None) -> int:
    """First 63 bits of a digest of the order id, or 0.

    A digest avoids a table of orders.
    """
    if not order_id:
        return 0
    digest = hashlib.blake2b(order_id.encode(errors="surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest) >> 1) or 1
