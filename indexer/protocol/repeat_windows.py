"""Windows of time in which shoppers buy their own products again."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization import Purchases
from indexer.protocol.metrics import PerShopper, hits_of
from indexer.protocol.split import are_counters
from indexer.protocol.tasks import purchase_matrix
from recommender.arrays import Rows
from recommender.entities import SECONDS_PER_DAY

WINDOW_DAYS = 14
WINDOWS = 4
MIN_OWN_PRODUCTS = 5
PAGE = 5
"""Length of the page that precision is measured on."""
TOP_REPEATED = 10
"""Length of the list that recall is measured on."""


@dataclass(frozen=True, slots=True)
class RepeatWindow:
    """Shoppers with at least five own products who buy anything in 14 days.

    Attributes:
        start: midnight at which the window begins, seconds since the epoch.
        train: purchases before it.
        shoppers: tested shoppers, ascending, shape (s,).
        truth: 1 where the shopper bought an own product again in the window, shape (s, products).
    """

    start: int
    train: Purchases
    shoppers: Rows
    truth: csr_array

    def sample(self, max_shoppers: int, seed: int) -> "RepeatWindow":
        """The window with at most `max_shoppers` shoppers, drawn at random."""
        if len(self.shoppers) <= max_shoppers:
            return self
        drawn = np.random.default_rng(seed).choice(len(self.shoppers), max_shoppers, replace=False)
        places = np.sort(drawn)
        return RepeatWindow(self.start, self.train, self.shoppers[places], csr_array(self.truth[places]))

    def precision(self, rankings: NDArray[np.int32]) -> PerShopper:
        """Precision@5 of each ranking, with missing places as misses, shape (s,)."""
        return self._hits(rankings[:, :PAGE]) / PAGE

    def recall(self, rankings: NDArray[np.int32]) -> PerShopper:
        """Recall@10 of each ranking, out of at most 10, shape (s,).

        NaN for shoppers who bought no own product again.
        """
        wanted = np.minimum(np.diff(self.truth.indptr), TOP_REPEATED).astype(np.float64)
        wanted[wanted == 0] = np.nan
        recall: PerShopper = self._hits(rankings[:, :TOP_REPEATED]) / wanted
        return recall

    def _hits(self, rankings: NDArray[np.int32]) -> PerShopper:
        """Number of ranked products that are in the truth. Rankings are padded with −1."""
        hits: PerShopper = hits_of(self.truth, rankings).sum(axis=1).astype(np.float64)
        return hits


def repeat_windows(purchases: Purchases, product_count: int) -> list[RepeatWindow]:
    """The latest windows of 14 days, the latest first.

    Windows without tested shoppers are left out, and all if times are counters.
    """
    if not len(purchases) or are_counters(purchases):
        return []
    day = int(SECONDS_PER_DAY)
    end = int(purchases.times.max()) // day * day + day
    windows = []
    for number in range(1, WINDOWS + 1):
        start = end - number * WINDOW_DAYS * day
        within = (purchases.times >= start) & (purchases.times < start + WINDOW_DAYS * day)
        train = purchases.select(purchases.times < start)
        bought = purchase_matrix(purchases.select(within), product_count)
        own = purchase_matrix(train, product_count)
        enough = (np.diff(own.indptr) >= MIN_OWN_PRODUCTS) & (np.diff(bought.indptr) > 0)
        shoppers = np.flatnonzero(enough).astype(np.int32)
        truth = csr_array(own[shoppers].multiply(bought[shoppers]))
        truth.eliminate_zeros()
        if len(shoppers):
            windows.append(RepeatWindow(start, train, shoppers, truth))
    return windows
