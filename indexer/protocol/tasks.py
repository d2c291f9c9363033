"""Evaluation tasks: the tested shoppers, the candidates and the truth."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization import Purchases
from indexer.protocol.split import Split
from recommender.arrays import Mask, Rows

TaskName = Literal["discovery", "repurchase", "cold", "all", "list"]


@dataclass(frozen=True, slots=True)
class Task:
    """One ranking task for a set of shoppers.

    Attributes:
        name: name of the task.
        shoppers: tested shoppers, ascending, shape (s,). Each has a history and a truth.
        truth: T, shape (s, products). 1 where the shopper bought the product after the cut.
        history: X, shape (s, products). 1 where the shopper bought the product before the cut.
        allowed: mask of the candidates, shape (products,).
        include_purchased: whether a shopper's own earlier products are candidates.
    """

    name: TaskName
    shoppers: Rows
    truth: csr_array
    history: csr_array
    allowed: Mask
    include_purchased: bool

    def __len__(self) -> int:
        return len(self.shoppers)

    def sample(self, max_shoppers: int, seed: int) -> "Task":
        """The task for at most `max_shoppers` shoppers, drawn at random."""
        if len(self) <= max_shoppers:
            return self
        return self._select(
            np.sort(np.random.default_rng(seed).choice(len(self), max_shoppers, replace=False))
        )

    def for_shoppers(self, shoppers: Rows) -> "Task":
        """The task for those of `shoppers` that are part of it."""
        return self._select(np.flatnonzero(np.isin(self.shoppers, shoppers)))

    def with_all_products(self) -> "Task":
        """The task with every product as a candidate."""
        return replace(self, name="all", allowed=np.ones_like(self.allowed))

    def _select(self, places: NDArray[np.integer]) -> "Task":
        return replace(
            self,
            shoppers=self.shoppers[places],
            truth=csr_array(self.truth[places]),
            history=csr_array(self.history[places]),
        )


def discovery(split: Split, allowed: Mask, name: TaskName = "discovery") -> Task:
    """Predicts which products a shopper buys for the first time.

    Products bought before are no candidates.
    """
    bought, truth = _matrices(split, allowed)
    # A sparse product instead of a difference, because it leaves no stored zeros.
    repeated = csr_array(truth.multiply(bought))
    return _task(name, csr_array(truth - repeated), bought, allowed, include_purchased=False)


def repurchase(split: Split, allowed: Mask) -> Task:
    """Predicts which products a shopper buys, again or for the first time."""
    bought, truth = _matrices(split, allowed)
    return _task("repurchase", truth, bought, allowed, include_purchased=True)


def buyer_counts(purchases: Purchases, product_count: int) -> NDArray[np.int64]:
    """Number of distinct buyers of each product, shape (products,)."""
    return np.asarray(purchase_matrix(purchases, product_count).sum(axis=0), dtype=np.int64).reshape(-1)


def purchase_matrix(purchases: Purchases, product_count: int) -> csr_array:
    """X, shape (shoppers, products): 1 where the shopper bought the product, with whole histories."""
    shape = (purchases.shopper_count, product_count)
    ones = np.ones(len(purchases), dtype=np.float32)
    matrix = csr_array((ones, (purchases.shoppers, purchases.products)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def _matrices(split: Split, allowed: Mask) -> tuple[csr_array, csr_array]:
    truth = purchase_matrix(split.test, len(allowed))
    truth.data[:] = allowed[truth.indices]
    truth.eliminate_zeros()
    return purchase_matrix(split.train, len(allowed)), truth


def _task(
    name: TaskName, truth: csr_array, bought: csr_array, allowed: Mask, *, include_purchased: bool
) -> Task:
    truth.eliminate_zeros()
    shoppers = np.flatnonzero((np.diff(truth.indptr) > 0) & (np.diff(bought.indptr) > 0)).astype(np.int32)
    return Task(
        name, shoppers, csr_array(truth[shoppers]), csr_array(bought[shoppers]), allowed, include_purchased
    )
