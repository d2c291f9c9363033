"""Candidates from the item-item weights themselves."""

import numpy as np

from recommender.entities import History, NeighbourSums, Rows
from recommender.kernels import candidates as kernels
from recommender.snapshot import Snapshot


def neighbour_sums(snapshot: Snapshot, history: History) -> NeighbourSums:
    """Sums B and E over the history for each of its direct neighbours."""
    return NeighbourSums(*kernels.sum_neighbours(*snapshot.weights.arrays(), history.rows, history.weights))


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
    return kernels.largest(rows, sums.weight[part], snapshot.trend, count)
