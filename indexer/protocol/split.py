"""Splits purchases into a training and a test part."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from indexer.factorization import Purchases
from indexer.factorization.browsing import positions_among
from recommender.entities import SECONDS_PER_DAY

SplitKind = Literal["time", "order"]
_ONE_YEAR = 365 * int(SECONDS_PER_DAY)


@dataclass(frozen=True, slots=True)
class Split:
    """Purchases on both sides of a cut, with the same shopper and product numbers.

    Attributes:
        kind: "time" for one cut of all purchases, "order" for a cut of each shopper's own products.
        start, end: range of `test`, as shares of all purchases (by order: of each shopper's products).
        train: purchases before the range.
        test: purchases in the range.
    """

    kind: SplitKind
    start: float
    end: float
    train: Purchases
    test: Purchases

    @property
    def cut(self) -> datetime | None:
        """Time of the first test purchase.

        None by order, or if the test is empty.
        """
        if self.kind == "order" or not len(self.test):
            return None
        return datetime.fromtimestamp(int(self.test.times.min()), UTC)


def split_kind(purchases: Purchases) -> SplitKind:
    """Returns "order" for times without a time of day and for counters, else "time".

    Dates are mostly dates of record (reviews, invoices, imports). They order a shopper's products, but say little
    about what other shoppers bought when.
    """
    return (
        "order" if not (purchases.times % int(SECONDS_PER_DAY)).any() or are_counters(purchases) else "time"
    )


def are_counters(purchases: Purchases) -> bool:
    """True if the times are counters from 0, that is, all within 1970."""
    return bool(purchases.times.max(initial=0) < _ONE_YEAR)


def split_purchases(purchases: Purchases, kind: SplitKind, start: float, end: float = 1.0) -> Split:
    """Splits purchases: training before `start`, test between `start` and `end`.

    By time, `start` and `end` are shares of all purchases, and purchases of one second stay on one side. By order, they
    are shares of each shopper's products, sorted by their latest purchase and rounded up in favor of training. All
    purchases of a product stay together.

    Raises:
        ValueError: not 0 < `start` < `end` ≤ 1.
    """
    if not 0 < start < end <= 1:
        raise ValueError(f"a split must be between 0 and 1, not from {start} to {end}")
    before, between = _by_time(purchases, start, end) if kind == "time" else _by_order(purchases, start, end)
    return Split(kind, start, end, purchases.select(before), purchases.select(between))


def restrict_to_products(purchases: Purchases, products: NDArray[np.integer]) -> Purchases:
    """Purchases of `products` (ascending), with products renumbered by their position in that list."""
    kept, places = positions_among(products, purchases.products)
    return replace(purchases.select(kept), products=places)


def _by_time(purchases: Purchases, start: float, end: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    ordered = np.sort(purchases.times)
    low = _at_share(ordered, start)
    before: NDArray[np.bool_] = purchases.times < low
    if end < 1:
        return before, ~before & (purchases.times < _at_share(ordered, end))
    return before, ~before


def _at_share(ordered: NDArray[np.int64], share: float) -> int:
    return int(ordered[min(int(len(ordered) * share), len(ordered) - 1)]) if len(ordered) else 0


def _by_order(purchases: Purchases, start: float, end: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    span = int(purchases.products.max(initial=0)) + 1
    pair = purchases.shoppers.astype(np.int64) * span + purchases.products
    distinct, inverse = np.unique(pair, return_inverse=True)
    latest = np.full(len(distinct), np.iinfo(np.int64).min)
    np.maximum.at(latest, inverse, purchases.times)
    # Equal times are ordered by the first line of each product in the feed.
    first_line = np.full(len(distinct), len(pair))
    np.minimum.at(first_line, inverse, np.arange(len(pair)))
    shoppers = distinct // span
    order = np.lexsort((first_line, latest, shoppers))
    counts = np.bincount(shoppers, minlength=purchases.shopper_count)
    starts = np.concatenate([[0], np.cumsum(counts)])[:-1]
    position = np.empty(len(distinct), dtype=np.int64)
    position[order] = np.arange(len(distinct)) - starts[shoppers[order]]
    in_train = np.ceil(start * counts[shoppers] - 1e-9)
    in_test = np.ceil(end * counts[shoppers] - 1e-9)
    before = (position < in_train)[inverse]
    return before, ~before & (position < in_test)[inverse]
