"""Explains items: reasons for shoppers, terms of scores on request."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.arrays import Doubles, Rows
from recommender.entities import Frequency, History, Reason, Term, TermName, Window
from recommender.explanations.contributions import causes_beyond_popularity, evidence
from recommender.explanations.kept_reasons import KeptReasons, RowWithCauses
from recommender.explanations.reasons import (
    Cause,
    are_trend_driven,
    because_of,
    bought_again_reason,
    demand_reason,
    likeness_reasons,
    popular_reason,
)
from recommender.explanations.terms import Terms, history_terms
from recommender.explanations.titles import titles_of
from recommender.snapshot import Snapshot

KindsOf = Callable[[list[str]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains items of one source.

    Attributes:
        reasons: gives the reason of each row.
        terms: gives the terms of each row's score.
    """

    reasons: Callable[[Rows], list[Reason]]
    terms: Callable[[Rows, Doubles], Terms]


def popular_explainer(snapshot: Snapshot, window: Window | None = None) -> Explainer:
    """Explains popular items by their buyers in the window."""
    return Explainer(
        lambda rows: [popular_reason(snapshot, row, window) for row in rows.tolist()],
        single_term("popularity"),
    )


def history_explainer(
    snapshot: Snapshot,
    history: History,
    frequency: Frequency,
    kinds_of: KindsOf,
    kept: KeptReasons | None = None,
) -> Explainer:
    """Explains items by the products of the history that contribute most.

    Args:
        snapshot: the snapshot that the items are from.
        history: products that the scores come from.
        frequency: the shopper's own purchases, empty if they are left out.
        kinds_of: gives the strongest kind of interaction with each product id: `purchase`, `view` …
        kept: what explained items of this history before, extended.
    """
    known = KeptReasons() if kept is None else kept

    def because(rows: list[int]) -> list[Reason]:
        found = known.evidence_of(
            rows, lambda new: evidence(snapshot, history, np.array(new, dtype=np.int32))
        )
        causes = zip(rows, causes_beyond_popularity(found), strict=True)
        return known.reasons_of(list(causes), lambda new: _history_reasons(snapshot, history, new, kinds_of))

    def reasons(rows: Rows) -> list[Reason]:
        if not len(frequency.rows):
            return because(rows.tolist())
        days = dict(zip(frequency.rows.tolist(), frequency.days.tolist(), strict=True))
        others = iter(because([row for row in rows.tolist() if row not in days]))
        return [
            bought_again_reason(snapshot, row, days[row]) if row in days else next(others)
            for row in rows.tolist()
        ]

    return Explainer(reasons, lambda rows, scores: history_terms(snapshot, history, frequency, rows, scores))


def single_term(name: TermName, product_id: str | None = None) -> Callable[[Rows, Doubles], Terms]:
    """Makes terms of scores with one summand, which names `product_id` if given."""
    return lambda rows, scores: [(Term(name, score, product_id),) for score in scores.tolist()]


def own_term(name: TermName, snapshot: Snapshot) -> Callable[[Rows, Doubles], Terms]:
    """Makes terms of scores with one summand, which names the item itself."""
    return lambda rows, scores: [
        (Term(name, score, product_id),)
        for product_id, score in zip(snapshot.lookup.ids.texts(rows), scores.tolist(), strict=True)
    ]


def _history_reasons(
    snapshot: Snapshot, history: History, items: Sequence[RowWithCauses], kinds_of: KindsOf
) -> list[Reason]:
    """Reasons that name the largest part of each score.

    That is the trend, or products of the history. Products are named largest contribution first. A row without a cause
    is explained by its buyers.
    """
    rows = [row for row, _ in items]
    distinct = list({position: None for _, causes in items for position in causes})
    cause_rows = history.rows[distinct]
    ids = snapshot.lookup.ids.texts(cause_rows)
    kinds = kinds_of(ids)
    titles = titles_of(snapshot, [*rows, *cause_rows.tolist()])
    causes = {
        position: Cause(product_id, title, kinds.get(product_id, "purchase"))
        for position, product_id, title in zip(distinct, ids, titles[len(rows) :], strict=True)
    }
    trend_driven = are_trend_driven(snapshot, np.array(rows, dtype=np.int32))
    return [
        demand_reason(snapshot, row)
        if not pair or is_driven
        else _history_reason(
            snapshot, row, title, [causes[each] for each in pair], int(history.rows[pair[0]])
        )
        for (row, pair), title, is_driven in zip(items, titles[: len(rows)], trend_driven, strict=True)
    ]


def _history_reason(snapshot: Snapshot, row: int, title: str, causes: list[Cause], cause_row: int) -> Reason:
    """Names the causes of an item.

    An alternative of a product in the basket does not go with it, however many shoppers bought both. `cause_row` is the
    row of the first cause.
    """
    if causes[0].kind == "cart":
        kind = snapshot.alternatives.kind_of(cause_row, row)
        if kind is not None:
            return likeness_reasons(snapshot, cause_row, {row: kind})[0]
    return because_of(title, causes)
