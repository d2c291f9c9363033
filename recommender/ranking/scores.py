"""Scores of products for one shopper."""

import numpy as np

from recommender.entities import FloatVector, Frequency, NeighbourSums, Rows, Scored
from recommender.kernels import candidates as kernels
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import values_at


def exact_scores(snapshot: Snapshot, query: FloatVector, sums: NeighbourSums, rows: Rows) -> FloatVector:
    """The exact score of each of `rows`, which are all indexed.

    score_i = ⟨u, q_i⟩ + s_i Σ_j ŵ_j E_ji, the low rank plus the residual. Shape (len(rows),).

    q_i = s_i Q_i carries the trend s_i. On B's support the sum is s_i Σ_j ŵ_j B_ji, the score of the
    item-item model (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019). Off the support it is the
    truncated SVD's estimate (as in PureSVD: Cremonesi, Koren, Turrin, RecSys 2010).

    A cold product that has neighbours in the history is scored by s_i Σ_j ŵ_j B_ji over these alone. Its vector is a
    mean of other products' vectors, whose estimate off the support is noise.
    """
    return kernels.exact_scores(
        snapshot.item_vectors,
        snapshot.trend,
        snapshot.warm,
        query,
        sums.rows,
        sums.weight,
        sums.residual,
        rows,
    )


def repurchase_scores(
    snapshot: Snapshot, frequency: Frequency, rows: Rows, scores: FloatVector
) -> FloatVector:
    """The shopper's own frequency plus the weighted exact score of each of `rows`.

    f_i + μ score_i, shape (len(rows),). f is 0 for products that the shopper never bought. This is the two-part form of
    next-basket recommendation (Hu, He, Gao, Zhang, SIGIR 2020).
    """
    return values_at(frequency.rows, frequency.values, rows) + snapshot.parameters.repurchase_weight * scores


def score_rows(
    snapshot: Snapshot, query: FloatVector, sums: NeighbourSums, frequency: Frequency, rows: Rows
) -> FloatVector:
    """The final score of each of `rows`.

    It is the exact score, plus the shopper's own frequency unless that is empty. Products without a vector are scored
    by frequency alone.
    """
    indexed = rows < snapshot.indexed
    if indexed.all():
        scores = exact_scores(snapshot, query, sums, rows)
    else:
        scores = np.zeros(len(rows), dtype=np.float32)
        scores[indexed] = exact_scores(snapshot, query, sums, rows[indexed])
    return repurchase_scores(snapshot, frequency, rows, scores) if len(frequency.rows) else scores


def best_first(rows: Rows, scores: FloatVector) -> Scored:
    """`rows` by their scores. Of equal ones the first."""
    order = np.argsort(-scores, kind="stable")
    return Scored(rows[order], scores[order])
