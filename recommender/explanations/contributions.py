"""Contribution of each product of the history to the score of an item."""

import numpy as np
from numpy.typing import NDArray

from recommender.entities import FloatVector, History, Rows
from recommender.snapshot import Snapshot

MAIN_SHARE = 0.5
"""Smallest contribution of a second cause, as a share of the first one's."""


def contributions(snapshot: Snapshot, history: History, rows: Rows) -> NDArray[np.float32]:
    """Contribution of each product of the history to each row's score.

    c_ij = ŵ_j (⟨P_j, q_i⟩ + s_i E_ji), shape (len(rows), len(history.rows)). Row i sums to i's score.
    """
    low_rank, residual = split_contributions(snapshot, history, rows)
    total: NDArray[np.float32] = low_rank + residual
    return total


def split_contributions(
    snapshot: Snapshot, history: History, rows: Rows
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The low-rank and the residual part of each contribution.

    ŵ_j ⟨P_j, q_i⟩ and ŵ_j s_i E_ji, each of shape (len(rows), len(history.rows)). `rows` are all indexed.

    For a cold product with neighbours in the history they are 0 and ŵ_j s_i B_ji, see `ranking.exact_scores`.
    """
    low_rank = snapshot.item_vectors[rows] @ snapshot.query_vectors[history.rows].T
    positions, owners = snapshot.weights.entries(history.rows)
    columns = snapshot.weights.indices[positions]
    order = np.argsort(rows, kind="stable")
    place = np.minimum(np.searchsorted(rows[order], columns), max(len(rows) - 1, 0))
    hit = rows[order][place] == columns if len(rows) else np.zeros(len(columns), np.bool_)
    items = order[place[hit]]
    borrowed = rows >= snapshot.warm
    residual = np.zeros_like(low_rank)
    residual[items, owners[hit]] = np.where(
        borrowed[items], snapshot.weights.weights[positions[hit]], snapshot.weights.residuals[positions[hit]]
    )
    low_rank[np.intersect1d(items, np.flatnonzero(borrowed))] = 0.0
    return low_rank * history.weights, snapshot.trend[rows][:, None] * residual * history.weights


def main_causes(shares: FloatVector, limit: int = 2) -> list[int]:
    """Positions of one item's largest positive contributions, at most `limit`.

    Largest first. Positions are those of the history.
    """
    order = np.argsort(-shares, kind="stable")[:limit]
    floor = MAIN_SHARE * float(shares[order[0]]) if len(order) else 0.0
    return [int(position) for position in order if shares[position] > 0 and shares[position] >= floor]
