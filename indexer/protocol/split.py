"""What is learnt from and what is asked about: purchases before a cut, and those after it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from indexer.factorization import Purchases
from indexer.factorization.browsing import places_among
from recommender.entities import SECONDS_PER_DAY

SplitKind = Literal["time", "order"]
_ONE_YEAR = 365 * int(SECONDS_PER_DAY)


@dataclass(frozen=True, slots=True)
class Split:
    """Purchases on both sides of a cut, with the same shopper and product numbers.

    Attributes:
        kind: "time": one moment for all; "order": each shopper's own latest products.
        start, end: the shares of all purchases (by order: of each shopper's) between which `test` lies.
        train: what comes before.
        test: what is asked about.
    """

    kind: SplitKind
    start: float
    end: float
    train: Purchases
    test: Purchases

    @property
    def cut(self) -> datetime | None:
        """The first moment of the test; None when shoppers have a cut of their own, or nothing comes after it."""
        if self.kind == "order" or not len(self.test):
            return None
        return datetime.fromtimestamp(int(self.test.times.min()), UTC)


def split_kind(purchases: Purchases) -> SplitKind:
    """By time where purchases have a time of day; by order where they have bare dates, or a mere count.

    Bare dates are mostly days of record (reviews, invoices, imports): they order a shopper's products, but say
    little of what else was bought when.
    """
    return "order" if not (purchases.times % int(SECONDS_PER_DAY)).any() or _counted(purchases) else "time"


def _counted(purchases: Purchases) -> bool:
    """Whether the times are no times at all: a count from 0 lies within 1970."""
    return bool(purchases.times.max(initial=0) < _ONE_YEAR)


def split(purchases: Purchases, kind: SplitKind, start: float, end: float = 1.0) -> Split:
    """Learns from the purchases before `start`, asks about those between `start` and `end`.

    By time, `start` and `end` are shares of all purchases; purchases of one second stay on one side. By order they
    are shares of each shopper's products, each at its latest purchase, rounded up in favour of learning; all
    purchases of a product go with it.
    """
    if not 0 < start < end <= 1:
        raise ValueError(f"a split must lie between 0 and 1, not from {start} to {end}")
    before, between = _by_time(purchases, start, end) if kind == "time" else _by_order(purchases, start, end)
    return Split(kind, start, end, purchases.only(before), purchases.only(between))


def only_products(purchases: Purchases, products: NDArray[np.integer]) -> Purchases:
    """The purchases of `products` (ascending), each product by its place in that list."""
    kept, places = places_among(products, purchases.products)
    return replace(purchases.only(kept), products=places)


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
    # Where times tie, the order of the feed decides: the first line of each product.
    first_line = np.full(len(distinct), len(pair))
    np.minimum.at(first_line, inverse, np.arange(len(pair)))
    shoppers = distinct // span
    order = np.lexsort((first_line, latest, shoppers))
    counts = np.bincount(shoppers, minlength=purchases.shopper_count)
    starts = np.concatenate([[0], np.cumsum(counts)])[:-1]
    position = np.empty(len(distinct), dtype=np.int64)
    position[order] = np.arange(len(distinct)) - starts[shoppers[order]]
    learnt = np.ceil(start * counts[shoppers] - 1e-9)
    asked = np.ceil(end * counts[shoppers] - 1e-9)
    before = (position < learnt)[inverse]
    return before, ~before & (position < asked)[inverse]
