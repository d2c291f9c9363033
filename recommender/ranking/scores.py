"""Scores that pages are ordered by."""

import numpy as np

from recommender.entities import FloatVector, Frequency, NeighbourSums, Rows
from recommender.ranking.exact import exact_scores
from recommender.ranking.repurchase import repurchase_scores
from recommender.snapshot import Snapshot


def page_scores(
    snapshot: Snapshot, query: FloatVector, sums: NeighbourSums, frequency: Frequency, rows: Rows
) -> FloatVector:
    """Exact scores plus the shopper's own frequency.

    Products without a vector are scored by frequency alone. An empty frequency changes nothing.
    """
    scores = np.zeros(len(rows), dtype=np.float32)
    indexed = rows < snapshot.indexed
    scores[indexed] = exact_scores(snapshot, query, sums, rows[indexed])
    return repurchase_scores(snapshot, frequency, rows, scores) if len(frequency.rows) else scores
