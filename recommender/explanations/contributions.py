"""Contribution of each product of the history to the score of an item."""

from collections import Counter
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recommender import kernels
from recommender.arrays import Rows
from recommender.entities import History
from recommender.snapshot import Snapshot
from recommender.snapshot.alternatives import Likeness

MAIN_SHARE = 0.5
"""Smallest contribution of a second cause, as a share of the first one's."""
MIN_BEYOND_POPULARITY = 1.5
"""Smallest contribution of a cause, relative to what the popularity of the item alone explains."""
COMMON_SHARE = 0.5
"""Smallest share of a page that a common cause would explain."""
MIN_COMMON_ITEMS = 5
"""Smallest number of items that a common cause would explain. Fewer may share a cause by coincidence."""
MIN_OF_COMMON_CAUSE = 3.0
"""As `MIN_BEYOND_POPULARITY`, for a common cause. What points to everything explains nothing."""
_ALIKE = (Likeness.CATEGORY, Likeness.TEXT, Likeness.BUYERS)
MIN_POPULAR_SHARE = 0.005
"""Smallest share of an item of the buyers of all products with which popularity explains it."""


def split_contributions(
    snapshot: Snapshot, history: History, rows: Rows
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The low-rank and the residual part of each contribution.

    ŵ_j ⟨P_j, q_i⟩ and ŵ_j s_i E_ji, each of shape (len(rows), len(history.rows)). Row i of their sum adds up to the
    score of i. `rows` are all indexed.

    For a cold product with neighbours in the history they are 0 and ŵ_j s_i B_ji, see `ranking.exact_scores`.
    """
    low_rank, residual = _unscaled(snapshot, history, rows)
    borrowed = rows >= snapshot.warm
    if borrowed.any():
        low_rank[borrowed & residual.any(axis=1)] = 0.0
    return low_rank * history.weights, snapshot.trend[rows][:, None] * residual * history.weights


def main_causes(snapshot: Snapshot, history: History, rows: Rows) -> list[list[int]]:
    """Positions in the history of each row's largest positive contributions, at most two.

    Largest first. `rows` are all indexed.
    """
    if not len(rows) or not len(history.rows):
        return [[] for _ in range(len(rows))]
    found = kernels.causes.main_causes(snapshot.model, history.rows, history.weights, rows, MAIN_SHARE)
    return [[position for position in pair if position >= 0] for pair in found.tolist()]


def causes_beyond_popularity(
    snapshot: Snapshot, history: History, rows: Rows, positions: list[list[int]]
) -> list[list[int]]:
    """Leaves out causes that say no more of an item than its popularity does.

    Every purchase points to popular products a little. If the weights of a product j were spread over all products by
    popularity alone, its weight for item i would be (n_i / Σ_k n_k) Σ_k B_jk, with n_i the buyers of i. Product j stays
    a cause if it contributes more than `MIN_BEYOND_POPULARITY` times that, or if it is an alternative to the item. A
    common cause, of half of the `rows` or more, has to contribute more than `MIN_OF_COMMON_CAUSE` times that.
    What a dimension of popularity adds is added to it. Without one, items with less than `MIN_POPULAR_SHARE` of all
    buyers keep all their causes.

    Args:
        snapshot: the snapshot of the rows.
        history: the shopper's history.
        rows: items to explain.
        positions: the causes of each item, as positions in the history.

    Returns:
        The remaining positions of each item.
    """
    shares = snapshot.columns.buyers[rows] / snapshot.buyers_of_all
    has_dimension = snapshot.parameters.popularity_dimensions > 0
    compared = np.flatnonzero((shares >= MIN_POPULAR_SHARE) | has_dimension)
    named = sorted({position for place in compared.tolist() for position in positions[place]})
    if not named:
        return positions
    causes = replace(history, rows=history.rows[named], weights=history.weights[named])
    low_rank, residual = split_contributions(snapshot, causes, rows[compared])
    by_popularity = np.outer(
        shares[compared] * snapshot.trend[rows[compared]],
        _summed_weights(snapshot, causes.rows) * causes.weights,
    )
    if has_dimension:
        by_popularity += np.outer(
            snapshot.item_vectors[rows[compared], -1],
            snapshot.query_vectors[causes.rows, -1] * causes.weights,
        )
    is_cause = (low_rank + residual > _bars(positions, named) * by_popularity).tolist()
    kind_of, found = snapshot.alternatives.kind_of, list(positions)
    for place, flags in zip(compared.tolist(), is_cause, strict=True):
        found[place] = [
            position
            for position in positions[place]
            if flags[named.index(position)]
            or kind_of(int(history.rows[position]), int(rows[place])) in _ALIKE
        ]
    return found


def _bars(positions: list[list[int]], named: list[int]) -> NDArray[np.float64]:
    """Smallest contribution of each of the `named` causes, relative to what popularity explains."""
    counts = Counter(position for causes in positions for position in causes)
    common = max(COMMON_SHARE * len(positions), MIN_COMMON_ITEMS)
    return np.array(
        [MIN_OF_COMMON_CAUSE if counts[each] >= common else MIN_BEYOND_POPULARITY for each in named]
    )


def _summed_weights(snapshot: Snapshot, rows: Rows) -> NDArray[np.float64]:
    """Σ_i B_ji of each of `rows` j."""
    weights = snapshot.weights
    return np.array([weights.weights[weights.indptr[j] : weights.indptr[j + 1]].sum() for j in rows.tolist()])


def _unscaled(
    snapshot: Snapshot, history: History, rows: Rows
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """⟨P_j, q_i⟩, and E_ji, or B_ji for cold rows."""
    low_rank = snapshot.item_vectors[rows] @ snapshot.query_vectors[history.rows].T
    return low_rank, kernels.causes.entries_between(snapshot.model, history.rows, rows)
