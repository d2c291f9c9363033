"""The exact score: low rank and residual together give back the item-item weights on their support."""

from collections.abc import Callable

import numpy as np

from recommender.entities import FloatVector, Mask, NeighbourSums, Rows, Scored
from recommender.snapshot import Snapshot

_BLOCK = 8192


def exact_scores(snapshot: Snapshot, query: FloatVector, sums: NeighbourSums, rows: Rows) -> FloatVector:
    """score_i = ⟨u, q_i⟩ + s_i Σ_j ŵ_j E_ji for each of `rows` (all indexed); shape (len(rows),).

    q_i = s_i Q_i carries the trend s_i. On B's support the sum is s_i Σ_j ŵ_j B_ji, the score of the
    item-item model (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019); off it, the
    truncated SVD's estimate (as in PureSVD: Cremonesi, Koren, Turrin, RecSys 2010).
    """
    low_rank: FloatVector = snapshot.item_vectors[rows] @ query
    return low_rank + snapshot.trend[rows] * _residual(sums, rows)


def best_of_all(
    snapshot: Snapshot,
    query: FloatVector,
    sums: NeighbourSums,
    allows: Callable[[Rows], Mask],
    count: int,
) -> Scored:
    """The `count` best of all indexed rows that `allows`, by exact scores; for filters few products pass."""
    best = Scored(np.empty(0, np.int32), np.empty(0, np.float32))
    for start in range(0, snapshot.indexed, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, snapshot.indexed), dtype=np.int32)
        rows = rows[allows(rows)]
        if len(rows):
            scores = np.concatenate([best.scores, exact_scores(snapshot, query, sums, rows)])
            rows = np.concatenate([best.rows, rows])
            order = np.argsort(-scores, kind="stable")[:count]
            best = Scored(rows[order], scores[order])
    return best


def _residual(sums: NeighbourSums, rows: Rows) -> FloatVector:
    if not len(sums.rows):
        return np.zeros(len(rows), dtype=np.float32)
    position = np.minimum(np.searchsorted(sums.rows, rows), len(sums.rows) - 1)
    residual: FloatVector = np.where(sums.rows[position] == rows, sums.residual[position], np.float32(0))
    return residual
