"""Maximal marginal relevance: items that are good, and unlike those above them."""

from collections.abc import Callable

import numpy as np

from recommender.entities import FloatVector, Scored
from recommender.snapshot import FloatMatrix, Snapshot

POOL = 5
"""Candidates per place of the page that are weighed against each other: what lies deeper is too far off to be shown
for being different."""

LIKENESS = 0.8
"""How much a cosine of 1 counts beside the whole spread of scores, at equal parts of both: chosen so that a diversity
of 0.5 makes pages of groceries a third less alike, and takes no more of their relevance than that needs."""


def diversified(snapshot: Snapshot, ranked: Scored, limit: int, diversity: float) -> Scored:
    """The best `POOL · limit` of `ranked` in the order of maximal marginal relevance, the others after them.

    Each place takes the i that maximises (1 − d) r_i − ν d max_j∈above cos(q_i, q_j), with d the diversity and
    ν = `LIKENESS` (Carbonell and Goldstein, "The use of MMR", SIGIR 1998). r_i is the score, scaled so that the best
    candidate has 1 and the last of the pool 0, that d means the same whatever the scores' unit and spread. Items
    without a vector are like no other.

    Args:
        snapshot: gives the item vectors q.
        ranked: candidates, best first.
        limit: the page's length.
        diversity: d; 0 leaves the order as it is, 1 looks at likeness alone.

    Returns:
        The same rows in their new order, each with its own score.
    """
    size = min(len(ranked.rows), POOL * limit)
    if diversity <= 0 or size < 2:
        return ranked
    vectors = _unit_vectors(snapshot, Scored(ranked.rows[:size], ranked.scores[:size]))
    order = _marginal(_scaled(ranked.scores[:size]), vectors, diversity)
    places = np.concatenate([order, np.arange(size, len(ranked.rows))])
    return Scored(ranked.rows[places], ranked.scores[places])


def diverse_page(
    snapshot: Snapshot, ranked: Scored, limit: int, diversity: float, choose: Callable[[Scored], Scored]
) -> Scored:
    """The page that `choose` makes of `ranked`, best first, once it is in the order that `diversity` asks for.

    `choose` sees scores that never rise, so that it can tell what is worth its place; the page has the true ones.
    """
    if diversity <= 0:
        return choose(ranked)
    mixed = diversified(snapshot, ranked, limit, diversity)
    page = choose(Scored(mixed.rows, np.minimum.accumulate(mixed.scores)))
    order = np.argsort(mixed.rows)
    places = order[np.searchsorted(mixed.rows[order], page.rows)]
    return Scored(page.rows, mixed.scores[places])


def _marginal(relevance: FloatVector, vectors: FloatMatrix, diversity: float) -> list[int]:
    gain, loss = (1 - diversity) * relevance, diversity * LIKENESS
    nearest = np.full(len(relevance), -1.0, dtype=np.float32)
    left = np.ones(len(relevance), dtype=np.bool_)
    order = [0]
    for _ in range(len(relevance) - 1):
        left[order[-1]] = False
        np.maximum(nearest, vectors @ vectors[order[-1]], out=nearest)
        order.append(int(np.argmax(np.where(left, gain - loss * nearest, -np.inf))))
    return order


def _scaled(scores: FloatVector) -> FloatVector:
    """Scores of the pool as 1 for its best and 0 for its last; all 1 where they are equal."""
    spread = float(scores[0] - scores[-1])
    scaled: FloatVector = (scores - scores[-1]) / spread if spread > 0 else np.ones_like(scores)
    return scaled


def _unit_vectors(snapshot: Snapshot, pool: Scored) -> FloatMatrix:
    """Item vectors of length 1, of length 0 for rows without one; shape (len(pool.rows), dims)."""
    vectors = np.zeros((len(pool.rows), snapshot.item_vectors.shape[1]), dtype=np.float32)
    indexed = pool.rows < snapshot.indexed
    vectors[indexed] = snapshot.item_vectors[pool.rows[indexed]]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: FloatMatrix = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return unit
