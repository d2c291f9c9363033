"""The exact score: low rank and residual together give back the item-item weights on their support."""

from collections.abc import Callable

import numpy as np

from recommender.entities import FloatVector, Mask, NeighbourSums, Rows, Scored
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import contains, values_at

_BLOCK = 8192


def exact_scores(snapshot: Snapshot, query: FloatVector, sums: NeighbourSums, rows: Rows) -> FloatVector:
    """score_i = ⟨u, q_i⟩ + s_i Σ_j ŵ_j E_ji for each of `rows` (all indexed); shape (len(rows),).

    q_i = s_i Q_i carries the trend s_i. On B's support the sum is s_i Σ_j ŵ_j B_ji, the score of the
    item-item model (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019); off it, the
    truncated SVD's estimate (as in PureSVD: Cremonesi, Koren, Turrin, RecSys 2010).

    A cold product that has neighbours in the history is scored by s_i Σ_j ŵ_j B_ji over these alone: its vector is a
    mean of other products' vectors, and what that estimates off the support is noise.
    """
    low_rank = snapshot.item_vectors[rows] @ query
    estimated: FloatVector = low_rank + snapshot.trend[rows] * values_at(sums.rows, sums.residual, rows)
    borrowed = (rows >= snapshot.warm) & contains(sums.rows, rows)
    estimated[borrowed] = snapshot.trend[rows[borrowed]] * values_at(sums.rows, sums.weight, rows[borrowed])
    return estimated


def best_of_all(
    snapshot: Snapshot,
    score: Callable[[Rows], FloatVector],
    allows: Callable[[Rows], Mask],
    others: Rows,
    count: int,
) -> Scored:
    """The `count` best, by `score`, of `others` and of all indexed rows that `allows`; for filters that few pass."""
    best = _best(others, score(others), count)
    for start in range(0, snapshot.indexed, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, snapshot.indexed), dtype=np.int32)
        rows = rows[allows(rows)]
        if len(rows):
            scores = np.concatenate([best.scores, score(rows)])
            best = _best(np.concatenate([best.rows, rows]), scores, count)
    return best


def _best(rows: Rows, scores: FloatVector, count: int) -> Scored:
    order = np.argsort(-scores, kind="stable")[:count]
    return Scored(rows[order], scores[order])
