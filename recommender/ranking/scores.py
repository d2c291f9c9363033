"""Scores of products for one shopper."""

from recommender import kernels
from recommender.arrays import FloatVector, Rows
from recommender.entities import Candidates, Frequency, History, Scored
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import values_at


def exact_scores(snapshot: Snapshot, query: FloatVector, candidates: Candidates) -> FloatVector:
    """The exact score of each candidate, 0 for those without a vector.

    score_i = ⟨u, q_i⟩ + s_i Σ_j ŵ_j E_ji, the low rank plus the residual. Shape (len(rows),).

    q_i = s_i Q_i carries the trend s_i. On B's support the sum is s_i Σ_j ŵ_j B_ji, the score of the
    item-item model (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019). Off the support it is the
    truncated SVD's estimate (as in PureSVD: Cremonesi, Koren, Turrin, RecSys 2010).

    A cold product that has neighbours in the history is scored by s_i Σ_j ŵ_j B_ji over these alone. Its vector is a
    mean of other products' vectors, whose estimate off the support is noise.
    """
    return snapshot.model.scores(query, *candidates)


def with_frequency(snapshot: Snapshot, frequency: Frequency, rows: Rows, scores: FloatVector) -> FloatVector:
    """The shopper's own frequency plus the weighted exact score of each of `rows`.

    f_i + μ score_i, shape (len(rows),). f is 0 for products that the shopper never bought. This is the two-part form of
    next-basket recommendation (Hu, He, Gao, Zhang, SIGIR 2020). Without any frequency, the exact scores themselves.
    """
    if not len(frequency.rows):
        return scores
    return values_at(frequency.rows, frequency.values, rows) + snapshot.parameters.repurchase_weight * scores


def score_rows(
    snapshot: Snapshot, query: FloatVector, history: History, frequency: Frequency, rows: Rows
) -> FloatVector:
    """The final score of each of `rows`, candidates or not.

    It is the exact score, plus the shopper's own frequency unless that is empty. Products without a vector are scored
    by frequency alone.
    """
    scores = snapshot.model.score_rows(query, history.rows, history.weights, rows)
    return with_frequency(snapshot, frequency, rows, scores)


def best_first(rows: Rows, scores: FloatVector, most: int | None = None) -> Scored:
    """The best `most` of `rows`, or all of them. Of equal ones the first."""
    return Scored(*kernels.sorting.best_first(rows, scores, len(rows) if most is None else most))
