"""Contribution of each product of the history to the score of an item."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender import kernels
from recommender.arrays import Doubles, Rows
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


class Evidence(NamedTuple):
    """The one or two products of a history that contribute most to an item.

    Attributes:
        positions: their positions in the history, largest contribution first. Empty if none contributes.
        strengths: the contribution of each, relative to what popularity alone explains. ∞ for an alternative to the
            item. Empty if popularity explains nothing of it.
    """

    positions: tuple[int, ...]
    strengths: tuple[float, ...] = ()


def evidence(snapshot: Snapshot, history: History, rows: Rows) -> list[Evidence]:
    """Finds the products of the history that contribute most to each item.

    `rows` are all indexed. Every purchase points to popular products a little. If the weights of a product j were
    spread over all products by popularity alone, its weight for item i would be (n_i / Σ_k n_k) Σ_k B_jk, with n_i the
    buyers of i. What a dimension of popularity adds is added to it. Without one, it explains nothing of items with less
    than `MIN_POPULAR_SHARE` of all buyers.
    """
    if not len(rows) or not len(history.rows):
        return [Evidence(())] * len(rows)
    model = snapshot.model
    positions, parts = kernels.causes.main_causes(model, history.rows, history.weights, rows, MAIN_SHARE)
    shares = snapshot.columns.buyers[rows] / snapshot.buyers_of_all
    is_popular = shares >= MIN_POPULAR_SHARE
    if snapshot.parameters.popularity_dimensions:
        is_popular[:] = True
    found = [Evidence(_named(pair)) for pair in positions.tolist()]
    places = np.flatnonzero(is_popular)
    if len(places):
        explained = _explained_by_popularity(
            snapshot, history, rows[places], shares[places], positions[places]
        )
        ratios = np.full(explained.shape, np.inf)
        np.divide(parts[places], explained, out=ratios, where=explained > 0)
        for place, own in zip(places.tolist(), ratios.tolist(), strict=True):
            found[place] = _compared(snapshot, history, int(rows[place]), found[place].positions, own)
    return found


def causes_beyond_popularity(found: Sequence[Evidence]) -> list[tuple[int, ...]]:
    """Leaves out causes that say no more of an item than its popularity does.

    A product stays a cause if it contributes more than `MIN_BEYOND_POPULARITY` times what popularity explains. A common
    cause, of half of the page or more, has to contribute more than `MIN_OF_COMMON_CAUSE` times that.
    """
    if not any(each.strengths for each in found):
        return [each.positions for each in found]
    counts = Counter(chain.from_iterable(each.positions for each in found))
    common = max(COMMON_SHARE * len(found), MIN_COMMON_ITEMS)
    return [
        tuple(
            position
            for position, strength in zip(each.positions, each.strengths, strict=True)
            if strength > (MIN_OF_COMMON_CAUSE if counts[position] >= common else MIN_BEYOND_POPULARITY)
        )
        if each.strengths
        else each.positions
        for each in found
    ]


def _named(positions: list[int]) -> tuple[int, ...]:
    """The positions of products among the two. −1 stands for no product."""
    first, second = positions
    return (first, second) if second >= 0 else (first,) if first >= 0 else ()


def _compared(
    snapshot: Snapshot, history: History, row: int, positions: tuple[int, ...], ratios: list[float]
) -> Evidence:
    """The evidence of one item, from each cause's contribution relative to what popularity explains."""
    strengths = [
        math.inf
        if ratio <= MIN_OF_COMMON_CAUSE
        and snapshot.alternatives.kind_of(int(history.rows[position]), row) in _ALIKE
        else ratio
        for position, ratio in zip(positions, ratios, strict=False)
    ]
    return Evidence(positions, tuple(strengths))


def _explained_by_popularity(
    snapshot: Snapshot, history: History, rows: Rows, shares: Doubles, positions: Rows
) -> Doubles:
    """The contribution of each cause by popularity alone, shape (len(rows), 2)."""
    causes = history.rows[positions]
    summed = kernels.causes.summed_weights(snapshot.model, causes.ravel()).reshape(causes.shape)
    explained = (snapshot.trend[rows] * shares)[:, None] * summed
    if snapshot.parameters.popularity_dimensions:
        explained += snapshot.item_vectors[rows, -1][:, None] * snapshot.query_vectors[causes, -1]
    return explained * history.weights[positions]


def _unscaled(
    snapshot: Snapshot, history: History, rows: Rows
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Low rank ⟨P_j, q_i⟩ and residual E_ji of each pair, without the scale s_i.

    Cold rows have B_ji in place of the residual.
    """
    low_rank = snapshot.item_vectors[rows] @ snapshot.query_vectors[history.rows].T
    return low_rank, kernels.causes.entries_between(snapshot.model, history.rows, rows)
