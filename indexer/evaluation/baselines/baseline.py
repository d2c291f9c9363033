"""What every baseline can do, and how its scores become answers."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.evaluation.baselines.largest import largest
from indexer.factorization import Purchases
from indexer.progress import Advance
from indexer.protocol.metrics import TOP, Rankings
from indexer.protocol.tasks import Task, bought_matrix
from recommender.entities import Mask

FloatMatrix = NDArray[np.float32]

_BLOCK_BYTES = 1 << 26


class Baseline(Protocol):
    """A fitted recommender."""

    @property
    def name(self) -> str:
        """What it is called in tables."""
        ...

    def scores(self, task: Task, part: slice) -> FloatMatrix:
        """How well each product suits the shoppers `task.shoppers[part]`; shape (shoppers, products).

        A new array, in which the caller may write; −inf where a product is never to be answered, never nan.
        """
        ...


def training_matrix(train: Purchases, allowed: Mask) -> csr_array:
    """X, shape (shoppers, products): 1 where the shopper bought the product and the product is allowed."""
    matrix = bought_matrix(train, len(allowed))
    matrix.data[:] = allowed[matrix.indices]
    matrix.eliminate_zeros()
    return matrix


def rank(baseline: Baseline, task: Task, advance: Advance) -> Rankings:
    """The 20 products with the highest score for each shopper; where scores tie, the lower row comes first.

    Only allowed products are answered, and what the shopper bought before only if the task says so; an answer with
    fewer than 20 finite scores is filled with −1. `advance` is told of every block of shoppers.
    """
    rankings = np.full((len(task), TOP), -1, dtype=np.int32)
    allowed = np.flatnonzero(task.allowed)
    size = max(1, _BLOCK_BYTES // (4 * max(len(task.allowed), 1)))
    for start in range(0, len(task), size):
        part = slice(start, min(start + size, len(task)))
        scores = baseline.scores(task, part)
        if not task.includes_bought:
            scores[csr_array(task.history[part]).nonzero()] = -np.inf
        for position, row in enumerate(scores, start):
            best = allowed[largest(row[allowed], TOP)]
            best = best[np.isfinite(row[best])]
            rankings[position, : len(best)] = best
        advance(len(scores))
    return rankings
