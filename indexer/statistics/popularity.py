"""Counts the buyers of each product, overall and in a recent window."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.factorization import Purchases
from recommender.entities import SECONDS_PER_DAY


@dataclass(frozen=True, slots=True)
class Popularity:
    """Distinct buyers per product and the order by them, all of shape (products,)."""

    buyers: NDArray[np.int32]
    recent_buyers: NDArray[np.int32]
    order: NDArray[np.int32]


def popularity(purchases: Purchases, product_count: int, window_days: int) -> Popularity:
    """Counts distinct buyers, overall and in the last `window_days` before the latest purchase.

    The order is by recent buyers, then by all buyers.
    """
    since = purchases.times.max(initial=0) - window_days * int(SECONDS_PER_DAY)
    buyers = _distinct_buyers(purchases, np.ones(len(purchases), np.bool_), product_count)
    recent = _distinct_buyers(purchases, purchases.times > since, product_count)
    order = np.lexsort((-buyers, -recent)).astype(np.int32)
    return Popularity(buyers, recent, order)


def _distinct_buyers(purchases: Purchases, where: NDArray[np.bool_], product_count: int) -> NDArray[np.int32]:
    pairs = purchases.shoppers[where].astype(np.int64) * product_count + purchases.products[where]
    return np.bincount(np.unique(pairs) % product_count, minlength=product_count).astype(np.int32)
