"""Contribution of each product of the history to the score of an item."""

import numpy as np
from numpy.typing import NDArray

from recommender import kernels
from recommender.arrays import Rows
from recommender.entities import History
from recommender.snapshot import Snapshot

MAIN_SHARE = 0.5
"""Smallest contribution of a second cause, as a share of the first one's."""


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
    """The `positions` of each row, without those that popularity adds most of.

    Where the weights of a small shop add w p_i, it is in the contribution of every product of the history.
    """
    per_buyer = snapshot.parameters.popularity_per_buyer
    if not per_buyer:
        return positions
    low_rank, residual = split_contributions(snapshot, history, rows)
    popular = (per_buyer * snapshot.columns.buyers[rows] * snapshot.trend[rows])[:, None] * history.weights
    is_cause = low_rank + residual > 2 * popular
    return [
        [position for position in pair if is_cause[place, position]] for place, pair in enumerate(positions)
    ]


def _unscaled(
    snapshot: Snapshot, history: History, rows: Rows
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """⟨P_j, q_i⟩, and E_ji, or B_ji for cold rows."""
    low_rank = snapshot.item_vectors[rows] @ snapshot.query_vectors[history.rows].T
    return low_rank, kernels.causes.entries_between(snapshot.model, history.rows, rows)
