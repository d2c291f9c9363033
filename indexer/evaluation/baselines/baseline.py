"""Interface of baselines, and ranking by their scores."""

from typing import Protocol

import numpy as np
from scipy.sparse import csr_array

from indexer.evaluation.baselines.largest import largest
from indexer.factorization import Purchases
from indexer.progress import Advance
from indexer.protocol.metrics import TOP, Rankings
from indexer.protocol.tasks import Task, purchase_matrix
from recommender.arrays import FloatMatrix, Mask

_BLOCK_BYTES = 1 << 26


class Baseline(Protocol):
    """A fitted recommender."""

    @property
    def name(self) -> str:
        """Name in tables."""
        ...

    def scores(self, task: Task, part: slice) -> FloatMatrix:
        """Scores of all products for the shoppers `task.shoppers[part]`, shape (shoppers, products).

        Returns a new array that the caller may modify. −inf excludes a product. NaN is not allowed.
        """
        ...


def training_matrix(train: Purchases, allowed: Mask) -> csr_array:
    """X, shape (shoppers, products): 1 where the shopper bought an allowed product."""
    matrix = purchase_matrix(train, len(allowed))
    matrix.data[:] = allowed[matrix.indices]
    matrix.eliminate_zeros()
    return matrix


def rank(baseline: Baseline, task: Task, advance: Advance, *, block_bytes: int = _BLOCK_BYTES) -> Rankings:
    """The 20 candidates with the highest scores for each shopper.

    The lower row wins ties. A shopper's earlier products are left out unless the task includes them. Rankings with
    fewer than 20 finite scores are padded with −1.

    Args:
        baseline: the baseline.
        task: the task.
        advance: called with the number of shoppers after each block.
        block_bytes: size of the scores per block.
    """
    rankings = np.full((len(task), TOP), -1, dtype=np.int32)
    allowed = np.flatnonzero(task.allowed)
    size = max(1, block_bytes // (4 * max(len(task.allowed), 1)))
    for start in range(0, len(task), size):
        part = slice(start, min(start + size, len(task)))
        scores = baseline.scores(task, part)
        if not task.include_purchased:
            scores[csr_array(task.history[part]).nonzero()] = -np.inf
        for position, row in enumerate(scores, start):
            best = allowed[largest(row[allowed], TOP)]
            best = best[np.isfinite(row[best])]
            rankings[position, : len(best)] = best
        advance(len(scores))
    return rankings
