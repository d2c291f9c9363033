"""Candidates from the item-item weights themselves."""

import numpy as np

from recommender.entities import History, NeighbourSums, Rows
from recommender.snapshot import Snapshot
from recommender.snapshot.tables import TABLE_PER_NEIGHBOUR


def neighbour_sums(
    snapshot: Snapshot, history: History, table_per_neighbour: int = TABLE_PER_NEIGHBOUR
) -> NeighbourSums:
    """Sums B and E over the history for each of its direct neighbours."""
    weights = snapshot.weights
    positions, owners = weights.entries(history.rows)
    neighbours = weights.indices[positions]
    factor = history.weights[owners]
    parts = factor * weights.weights[positions], factor * weights.residuals[positions]
    if snapshot.indexed > table_per_neighbour * len(neighbours):
        rows, places = np.unique(neighbours, return_inverse=True)
        total, residual = (np.bincount(places, part, len(rows)) for part in parts)
    else:
        # A table of all rows is several times faster than sorting, while it is not much longer than the list.
        seen = np.zeros(snapshot.indexed, dtype=np.bool_)
        seen[neighbours] = True
        rows = np.flatnonzero(seen).astype(np.int32)
        total, residual = (np.bincount(neighbours, part, snapshot.indexed)[rows] for part in parts)
    return NeighbourSums(rows, total.astype(np.float32), residual.astype(np.float32))


def best_neighbours(snapshot: Snapshot, sums: NeighbourSums, beyond: int = 0) -> Rows:
    """Rows of the largest s_i Σ_j ŵ_j B_ji among warm products.

    Returns `beyond` more rows to replace the items on earlier pages.

    A truncated factorisation loses the relations of rare products. Their direct neighbours restore them.
    """
    count = snapshot.parameters.neighbours + beyond
    return _strongest(snapshot, sums, slice(0, _first_cold(snapshot, sums)), count)


def best_cold_neighbours(snapshot: Snapshot, sums: NeighbourSums, count: int) -> Rows:
    """Rows of the largest s_i Σ_j ŵ_j B_ji among cold products, at most `count`.

    Selected separately, so that warm products do not crowd them out. Products that are never shown are never bought.
    """
    return _strongest(snapshot, sums, slice(_first_cold(snapshot, sums), None), count)


def _first_cold(snapshot: Snapshot, sums: NeighbourSums) -> int:
    return int(np.searchsorted(sums.rows, snapshot.warm))


def _strongest(snapshot: Snapshot, sums: NeighbourSums, part: slice, count: int) -> Rows:
    rows = sums.rows[part]
    if len(rows) <= count:
        return rows
    strength = sums.weight[part] * snapshot.trend[rows]
    return rows[np.argpartition(-strength, count)[:count]]
