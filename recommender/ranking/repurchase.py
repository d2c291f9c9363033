"""Scores for answers that may include products bought before."""

from recommender.entities import FloatVector, Frequency, Rows
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import values_at


def repurchase_scores(
    snapshot: Snapshot, frequency: Frequency, rows: Rows, scores: FloatVector
) -> FloatVector:
    """f_i + μ score_i for each of `rows`. Shape (len(rows),).

    The shopper's own frequency plus collaborative evidence, the two-part form of next-basket recommendation (Hu, He,
    Gao, Zhang, SIGIR 2020).

    Args:
        snapshot: provides μ.
        frequency: f of the shopper's own products, 0 for all others.
        rows: candidates.
        scores: their exact scores; shape (len(rows),).
    """
    return values_at(frequency.rows, frequency.values, rows) + snapshot.parameters.repurchase_weight * scores
