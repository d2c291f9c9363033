"""Counts the buyers of each product, overall and in a recent window."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.factorization import Purchases
from recommender.entities import SECONDS_PER_DAY
from recommender.snapshot.windows import WINDOW_DAYS


@dataclass(frozen=True, slots=True)
class Popularity:
    """Distinct buyers per product and the order by them, all of shape (products,).

    `windows` are buyers and order in each of `WINDOW_DAYS`, and `order_all` is by all buyers.
    """

    buyers: NDArray[np.int32]
    recent_buyers: NDArray[np.int32]
    order: NDArray[np.int32]
    order_all: NDArray[np.int32]
    windows: dict[str, tuple[NDArray[np.int32], NDArray[np.int32]]]


def popularity(purchases: Purchases, product_count: int, window_days: int) -> Popularity:
    """Counts distinct buyers, overall and in the last `window_days` before the latest purchase.

    The order is by recent buyers, then by all buyers.
    """
    latest = purchases.times.max(initial=0)

    def bought_in(days: int) -> NDArray[np.int32]:
        recent = purchases.times > latest - days * int(SECONDS_PER_DAY)
        return _distinct_buyers(purchases, recent, product_count)

    buyers = _distinct_buyers(purchases, np.ones(len(purchases), np.bool_), product_count)
    recent = bought_in(window_days)
    windows = {name: bought_in(days) for name, days in WINDOW_DAYS.items()}
    return Popularity(
        buyers,
        recent,
        _order(recent, buyers),
        _order(buyers, recent),
        {name: (counts, _order(counts, recent, buyers)) for name, counts in windows.items()},
    )


def _order(*counts: NDArray[np.int32]) -> NDArray[np.int32]:
    """Products by the first counts, largest first. The next counts break ties."""
    return np.lexsort([-one for one in reversed(counts)]).astype(np.int32)


def _distinct_buyers(purchases: Purchases, where: NDArray[np.bool_], product_count: int) -> NDArray[np.int32]:
    pairs = purchases.shoppers[where].astype(np.int64) * product_count + purchases.products[where]
    return np.bincount(np.unique(pairs) % product_count, minlength=product_count).astype(np.int32)
