"""Counting baselines: popularity, recent popularity and personal frequency."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.evaluation.baselines.baseline import Baseline
from indexer.factorization import Purchases
from indexer.protocol.tasks import Task, buyer_counts
from indexer.statistics.popularity import popularity as popularity_of
from recommender.arrays import FloatMatrix, FloatVector
from recommender.entities import SECONDS_PER_DAY


@dataclass(frozen=True, slots=True)
class _SameForAll:
    """The same scores for every shopper. `by_product` has shape (products,)."""

    name: str
    by_product: FloatVector

    def scores(self, task: Task, part: slice) -> FloatMatrix:
        return np.tile(self.by_product, (len(task.shoppers[part]), 1))


def popularity(x: csr_array) -> Baseline:
    """Distinct buyers of each product. x has shape (shoppers, products).

    Cremonesi, Koren, Turrin, "Performance of recommender algorithms on top-N recommendation tasks" (RecSys 2010),
    "TopPop".
    """
    return _SameForAll("popularity", np.asarray(x.sum(axis=0), dtype=np.float32).reshape(-1))


def recent_popularity(train: Purchases, products: int, days: int = 30) -> Baseline:
    """Distinct buyers in the last `days` before the latest purchase.

    Ties are broken by all distinct buyers. Ji et al., "A re-visit of the popularity baseline in recommender systems"
    (SIGIR 2020): popularity should be counted in a recent window.
    """
    order = popularity_of(train, products, days).order
    by_product = np.empty(products, dtype=np.float32)
    by_product[order] = np.arange(products, 0, -1)
    return _SameForAll("recent popularity", by_product)


@dataclass(frozen=True, slots=True)
class _PersonalFrequency:
    """Days on which a shopper bought each product, then popularity.

    `days` has shape (shoppers, products), `by_product` (products,).
    """

    name: str
    days: csr_array
    by_product: FloatVector

    def scores(self, task: Task, part: slice) -> FloatMatrix:
        own: NDArray[np.float32] = self.days[task.shoppers[part]].toarray()
        own += self.by_product
        return own


def personal_frequency(train: Purchases, products: int) -> Baseline:
    """Number of days on which the shopper bought the product.

    Ties are broken by the product's distinct buyers. Several purchases on one day (UTC) count once. Li et al., "A next
    basket recommendation reality check" (TOIS 2023), "P-TopFreq": few trained recommenders beat it on repeated
    purchases.
    """
    pair = train.shoppers.astype(np.int64) * products + train.products
    bought_on = np.unique(np.stack([pair, train.times // int(SECONDS_PER_DAY)]), axis=1)[0]
    ones = np.ones(len(bought_on), dtype=np.float32)
    days = csr_array(
        (ones, (bought_on // products, bought_on % products)), shape=(train.shopper_count, products)
    )
    days.sum_duplicates()
    counts = buyer_counts(train, products)
    # Always below one day.
    share = counts / (2 * max(int(counts.max(initial=0)), 1))
    return _PersonalFrequency("personal frequency", days, share.astype(np.float32))
