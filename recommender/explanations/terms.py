"""Terms of a score: the summands that it consists of."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from recommender.arrays import Doubles, Rows
from recommender.entities import Contribution, Frequency, History, Term
from recommender.explanations.contributions import split_contributions
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import values_at

Terms = list[tuple[Term, ...]]

_NEGLIGIBLE = 1e-6
"""Share of a score below which a remainder gets no term. It is the rounding of sums in 32 bits."""

_TRENDED = frozenset({"factors", "neighbour"})
"""Terms that are stated without the trend, a factor of the score that has a term of its own."""

MAX_CAUSES = 10
"""Products of the history with terms of their own. The others are summed up."""

MAX_CONTRIBUTIONS = 5
"""Products with a contribution of their own. The others are summed up."""


def history_terms(
    snapshot: Snapshot, history: History, frequency: Frequency, rows: Rows, scores: Doubles
) -> Terms:
    """The terms of each score, in the order of `rows`.

    score_i = f_i + μ s_i Σ_j ŵ_j (⟨P_j, Q_i⟩ + E_ji).

    `factors` are ŵ_j ⟨P_j, Q_i⟩ and `neighbour` ŵ_j E_ji of one product j of the history: of those that add most, and
    of the item itself. A `factors` term without a product sums up all others. `trend` is the effect of the factor s_i,
    `frequency` is f_i. If the shopper's own purchases are left out, f = 0 and μ = 1.
    """
    repurchase = len(frequency.rows) > 0
    scale = snapshot.parameters.repurchase_weight if repurchase else 1.0
    own = values_at(frequency.rows, frequency.values, rows)
    indexed = np.flatnonzero(rows < snapshot.indexed)
    low_rank, residual = (
        part.astype(np.float64) for part in split_contributions(snapshot, history, rows[indexed])
    )
    place = {int(position): number for number, position in enumerate(indexed)}
    found = []
    for position, (row, score) in enumerate(zip(rows.tolist(), scores.tolist(), strict=True)):
        terms: list[Term] = []
        if own[position]:
            terms.append(Term("frequency", float(own[position]), snapshot.product_id(row)))
        if position in place:
            number, trend = place[position], float(snapshot.trend[row])
            untrended = scale / trend if trend else 0.0
            parts = untrended * low_rank[number], untrended * residual[number]
            terms += _indexed_terms(snapshot, history, row, parts, score - float(own[position]))
        found.append(tuple(terms))
    return found


def _indexed_terms(
    snapshot: Snapshot,
    history: History,
    row: int,
    parts: tuple[Doubles, Doubles],
    score: float,
) -> list[Term]:
    """Terms of an indexed item.

    Args:
        snapshot: the snapshot.
        history: the shopper's history.
        row: the item.
        parts: low-rank and residual part of what each product of the history adds, without the trend.
        score: the item's score without its own frequency.
    """
    (low_rank, residual), trend = parts, float(snapshot.trend[row])
    # The item itself has a term, so that its frequency is not its whole contribution.
    size = np.where(history.rows == row, np.inf, np.abs(low_rank + residual))
    shown = np.argsort(-size, kind="stable")[:MAX_CAUSES]
    terms = []
    for position in shown.tolist():
        product_id = snapshot.product_id(int(history.rows[position]))
        # Cold products have no low-rank part, and most products of a history add nothing to them.
        if low_rank[position]:
            terms.append(Term("factors", float(low_rank[position]), product_id))
        if residual[position]:
            terms.append(Term("neighbour", float(residual[position]), product_id))
    total = float(low_rank.sum() + residual.sum())
    if trend != 1.0:
        terms.append(Term("trend", total * (trend - 1.0)))
    # The remainder are the products without terms, and the rounding of single-precision scores.
    left = score - sum(term.value for term in terms)
    return [*terms, Term("factors", left)] if abs(left) > _NEGLIGIBLE * abs(score) else terms


def largest_contributions(terms: Sequence[Term], trend: float, score: float) -> tuple[Contribution, ...]:
    """The largest contributions of single products to a score, then the rest.

    They sum to the score. Empty if no term names a product.

    Args:
        terms: terms of the score.
        trend: s_i of the item, a factor of what the history adds.
        score: their sum.
    """
    parts = defaultdict[str, float](float)
    for term in terms:
        if term.product_id is not None:
            parts[term.product_id] += term.value * (trend if term.name in _TRENDED else 1.0)
    largest = sorted(parts.items(), key=lambda part: -abs(part[1]))[:MAX_CONTRIBUTIONS]
    left = score - sum(value for _, value in largest)
    others = [Contribution(None, left)] if abs(left) > _NEGLIGIBLE * abs(score) else []
    return (*(Contribution(*part) for part in largest), *others) if largest else ()
