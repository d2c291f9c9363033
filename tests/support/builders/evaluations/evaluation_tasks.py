"""Purchases and tasks small enough to check by hand."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization import Purchases
from indexer.protocol.tasks import Task

DAY = 86_400
EVERYONE = slice(None)


def random_matrix(shoppers: int = 50, products: int = 30, density: float = 0.25, seed: int = 3) -> csr_array:
    """A matrix of ones and zeros."""
    return csr_array((np.random.default_rng(seed).random((shoppers, products)) < density).astype(np.float32))


def task_of(
    history: csr_array, allowed: NDArray[np.bool_] | None = None, *, include_purchased: bool = False
) -> Task:
    """A task for every shopper of `history`, without true purchases."""
    shoppers = np.arange(history.shape[0], dtype=np.int32)
    allowed = np.ones(history.shape[1], dtype=np.bool_) if allowed is None else allowed
    return Task(
        "all", shoppers, csr_array(history.shape), history, allowed, include_purchased=include_purchased
    )


def purchases_of(*lines: tuple[int, int, int]) -> Purchases:
    """Purchases of (shopper, product, days since the epoch)."""
    shoppers, products, days = np.array(lines).T
    return Purchases(
        shoppers.astype(np.int32),
        products.astype(np.int32),
        days.astype(np.int64) * DAY,
        int(shoppers.max()) + 1,
    )


def no_progress(_: int) -> None:
    """Reports nothing."""
