"""Candidates from the item-item weights themselves."""

import numpy as np

from recommender.entities import History, NeighbourSums, Rows
from recommender.snapshot import Snapshot


def neighbour_sums(snapshot: Snapshot, history: History) -> NeighbourSums:
    """Sums B and E over the history's rows: every product that is a direct neighbour of one that was bought."""
    weights = snapshot.weights
    positions, owners = weights.entries(history.rows)
    rows, inverse = np.unique(weights.indices[positions], return_inverse=True)
    factor = history.weights[owners]
    total = np.bincount(inverse, weights=factor * weights.weights[positions], minlength=len(rows))
    residual = np.bincount(inverse, weights=factor * weights.residuals[positions], minlength=len(rows))
    return NeighbourSums(rows.astype(np.int32), total.astype(np.float32), residual.astype(np.float32))


def best_neighbours(snapshot: Snapshot, sums: NeighbourSums) -> Rows:
    """Rows of the largest s_i Σ_j ŵ_j B_ji.

    A truncated factorisation loses what is particular to rare products; their direct neighbours bring it back.
    """
    count = snapshot.parameters.neighbours
    if len(sums.rows) <= count:
        return sums.rows
    strength = sums.weight * snapshot.trend[sums.rows]
    return sums.rows[np.argpartition(-strength, count)[:count]]
