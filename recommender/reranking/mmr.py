"""Maximal marginal relevance: prefers items that are relevant and unlike the items above them."""

import numpy as np

from recommender.arrays import FloatMatrix, FloatVector
from recommender.entities import Scored
from recommender.snapshot import Snapshot

POOL = 5
"""Candidates per place of the page that are compared. Lower ones are too irrelevant to be shown for diversity."""

SIMILARITY_WEIGHT = 0.8
"""Weight of a cosine of 1, relative to the whole spread of scores, at equal parts of both.

Chosen so that a diversity of 0.5 makes pages of groceries a third less alike at the smallest loss of relevance."""


def diversify(snapshot: Snapshot, ranked: Scored, limit: int, diversity: float) -> Scored:
    """Orders the best `POOL · limit` items by maximal marginal relevance.

    The other items follow in their order.

    Each place takes the i that maximizes (1 − d) r_i − ν d max_j∈above cos(q_i, q_j), with d the diversity and
    ν = `SIMILARITY_WEIGHT` (Carbonell and Goldstein, "The use of MMR", SIGIR 1998). r_i is the score, scaled to 1 for
    the best candidate and 0 for the last of the pool, so that d has the same effect for any unit and spread of scores.
    Items without a vector are unlike every other item.

    Args:
        snapshot: provides the item vectors q.
        ranked: candidates, best first.
        limit: the page's length.
        diversity: d. 0 keeps the order, 1 considers similarity alone.

    Returns:
        The same rows in their new order, each with its own score.
    """
    size = min(len(ranked.rows), POOL * limit)
    if diversity <= 0 or size < 2:
        return ranked
    vectors = _unit_vectors(snapshot, Scored(ranked.rows[:size], ranked.scores[:size]))
    order = _marginal_order(_scaled(ranked.scores[:size]), vectors, diversity)
    places = np.concatenate([order, np.arange(size, len(ranked.rows))])
    return Scored(ranked.rows[places], ranked.scores[places])


def _marginal_order(relevance: FloatVector, vectors: FloatMatrix, diversity: float) -> list[int]:
    gain, loss = (1 - diversity) * relevance, diversity * SIMILARITY_WEIGHT
    nearest = np.full(len(relevance), -1.0, dtype=np.float32)
    left = np.ones(len(relevance), dtype=np.bool_)
    order = [0]
    for _ in range(len(relevance) - 1):
        left[order[-1]] = False
        np.maximum(nearest, vectors @ vectors[order[-1]], out=nearest)
        order.append(int(np.argmax(np.where(left, gain - loss * nearest, -np.inf))))
    return order


def _scaled(scores: FloatVector) -> FloatVector:
    """Scores scaled to 1 for the best and 0 for the last.

    All 1 if they are equal.
    """
    spread = float(scores[0] - scores[-1])
    scaled: FloatVector = (scores - scores[-1]) / spread if spread > 0 else np.ones_like(scores)
    return scaled


def _unit_vectors(snapshot: Snapshot, pool: Scored) -> FloatMatrix:
    """Item vectors scaled to length 1, without popularity, which makes no products similar.

    Rows without a vector have zeros. Shape (len(pool.rows), dims).
    """
    dims = snapshot.item_vectors.shape[1] - snapshot.parameters.popularity_dimensions
    vectors = np.zeros((len(pool.rows), dims), dtype=np.float32)
    indexed = pool.rows < snapshot.indexed
    vectors[indexed] = snapshot.item_vectors[pool.rows[indexed], :dims]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: FloatMatrix = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return unit
