"""Baselines of lists that answer for a product or a basket."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization import Purchases
from indexer.protocol.tasks import Task
from indexer.statistics.bought_together import baskets_of
from recommender.arrays import FloatVector

CO_COUNTS, IN_CATEGORY = "co-counts", "popularity in the category"


@dataclass(frozen=True, slots=True)
class CoCounts:
    """Number of orders that a product shares with each product of the basket, summed.

    Attributes:
        by_basket: 1 where an order contains a product, shape (orders, products).
        by_product: its transpose.
    """

    by_basket: csr_array
    by_product: csr_array
    name: str = CO_COUNTS

    @classmethod
    def of(cls, purchases: Purchases, products: int) -> "CoCounts":
        """Counts the orders of `purchases`."""
        baskets = baskets_of(purchases, products)
        return cls(baskets.by_basket.astype(np.float32), baskets.by_product.astype(np.float32))

    def scores(self, task: Task, part: slice) -> NDArray[np.float32]:
        """Scores of all products, shape (cases, products)."""
        joint: NDArray[np.float32] = (
            csr_array(task.history[part]) @ self.by_product @ self.by_basket
        ).toarray()
        return joint


@dataclass(frozen=True, slots=True)
class PopularInCategory:
    """Buyers of the products of the own leaf category, then those of all others.

    Attributes:
        categories: code of each product's leaf category, −1 without one, shape (products,).
        buyers: distinct buyers of each product, shape (products,).
    """

    categories: NDArray[np.int32]
    buyers: FloatVector
    name: str = IN_CATEGORY

    def scores(self, task: Task, part: slice) -> NDArray[np.float32]:
        """Scores of all products, shape (cases, products). Each case has one product."""
        own = self.categories[csr_array(task.history[part]).indices]
        same = (own[:, None] == self.categories) & (own[:, None] >= 0)
        scores: NDArray[np.float32] = self.buyers + same * (self.buyers.max(initial=0.0) + 1)
        return scores.astype(np.float32)
