"""The terms that a score is the sum of."""

import numpy as np
from numpy.typing import NDArray

from recommender.entities import Frequency, History, Scored, Term
from recommender.explanations.contributions import parts
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import values_at

Doubles = NDArray[np.float64]

_NOTHING = 1e-7
"""Share of a score below which what is left of it is not worth a term."""

CAUSES_SHOWN = 10
"""Products of the history that are shown with terms of their own; the others are summed up."""


def personal_terms(
    snapshot: Snapshot, history: History, frequency: Frequency, page: Scored
) -> list[tuple[Term, ...]]:
    """The terms of each score of the page, score_i = f_i + μ s_i Σ_j ŵ_j (⟨P_j, Q_i⟩ + E_ji), in its order.

    `factors` are ŵ_j ⟨P_j, Q_i⟩ and `neighbour` ŵ_j E_ji of one product j of the history, without one of all others;
    `trend` is what the factor s_i adds, `frequency` f_i. Where the shopper's own purchases are left out, f = 0, μ = 1.
    """
    repurchase = len(frequency.rows) > 0
    scale = snapshot.parameters.repurchase_weight if repurchase else 1.0
    own = values_at(frequency.rows, frequency.values, page.rows)
    indexed = np.flatnonzero(page.rows < snapshot.indexed)
    low_rank, residual = (part.astype(np.float64) for part in parts(snapshot, history, page.rows[indexed]))
    place = {int(position): number for number, position in enumerate(indexed)}
    found = []
    for position, (row, score) in enumerate(zip(page.rows.tolist(), page.scores.tolist(), strict=True)):
        terms: list[Term] = []
        if own[position]:
            terms.append(Term("frequency", float(own[position]), snapshot.product_id(row)))
        if position in place:
            number, trend = place[position], float(snapshot.trend[row])
            untrended = scale / trend if trend else 0.0
            parts_of_it = (untrended * low_rank[number], untrended * residual[number])
            terms += _history_terms(snapshot, history, *parts_of_it, trend, score - float(own[position]))
        found.append(tuple(terms))
    return found


def popularity_terms(page: Scored) -> list[tuple[Term, ...]]:
    """Of popular items: the score is the number of recent buyers, and nothing else."""
    return [(Term("popularity", float(score)),) for score in page.scores]


def _history_terms(
    snapshot: Snapshot,
    history: History,
    low_rank: Doubles,
    residual: Doubles,
    trend: float,
    score: float,
) -> list[Term]:
    shown = np.argsort(-np.abs(low_rank + residual), kind="stable")[:CAUSES_SHOWN]
    terms = []
    for position in shown.tolist():
        product_id = snapshot.product_id(int(history.rows[position]))
        terms.append(Term("factors", float(low_rank[position]), product_id))
        if residual[position]:
            terms.append(Term("neighbour", float(residual[position]), product_id))
    total = float(low_rank.sum() + residual.sum())
    if trend != 1.0:
        terms.append(Term("trend", total * (trend - 1.0)))
    # What is left are the products not shown, and the rounding of scores that are computed in single precision.
    left = score - sum(term.value for term in terms)
    return [*terms, Term("factors", left)] if abs(left) > _NOTHING * abs(score) else terms
