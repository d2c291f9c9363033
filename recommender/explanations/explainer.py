"""Explains items: reasons for shoppers, terms of scores on request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from recommender.entities import Frequency, History, Reason, Rows, Term
from recommender.explanations.contributions import main_causes
from recommender.explanations.reasons import Cause, because_of, bought_again_reason, popular_reason, titles_of
from recommender.explanations.terms import Doubles, Terms, history_terms
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


def popular_explainer(snapshot: Snapshot) -> Explainer:
    """Explains popular items by their buyers."""
    return Explainer(each_row(snapshot, popular_reason), single_term("popularity"))


def history_explainer(
    snapshot: Snapshot, history: History, frequency: Frequency, kinds_of: KindsOf
) -> Explainer:
    """Explains items by the products of the history that contribute most.

    Args:
        snapshot: the snapshot that the items are from.
        history: products that the scores come from.
        frequency: the shopper's own purchases, empty if they are left out.
        kinds_of: gives the strongest kind of interaction with each product id: `purchase`, `view` …
    """

    def reasons(rows: Rows) -> list[Reason]:
        days = dict(zip(frequency.rows.tolist(), frequency.days.tolist(), strict=True))
        listed = rows.tolist()
        others = [row for row in listed if row not in days]
        causes = _causes(snapshot, history, others, kinds_of)
        titles = dict(zip(others, titles_of(snapshot, others), strict=True))
        return [
            bought_again_reason(snapshot, row, days[row])
            if row in days
            else because_of(titles[row], causes[row])
            for row in listed
        ]

    return Explainer(reasons, lambda rows, scores: history_terms(snapshot, history, frequency, rows, scores))


def each_row(snapshot: Snapshot, reason: Callable[[Snapshot, int], Reason]) -> Callable[[Rows], list[Reason]]:
    """Reasons that depend on the row alone."""
    return lambda rows: [reason(snapshot, row) for row in rows.tolist()]


def single_term(name: str) -> Callable[[Rows, Doubles], Terms]:
    """Terms of scores that have one summand."""
    return lambda rows, scores: [(Term(name, score),) for score in scores.tolist()]


def _causes(
    snapshot: Snapshot, history: History, rows: list[int], kinds_of: KindsOf
) -> dict[int, list[Cause]]:
    """The main causes of each of `rows`, largest contribution first."""
    listed = history.rows.tolist()
    main = zip(rows, main_causes(snapshot, history, np.array(rows, dtype=np.int32)), strict=True)
    causes_of = {row: [listed[position] for position in positions] for row, positions in main}
    distinct = list({cause: None for causes in causes_of.values() for cause in causes})
    ids = snapshot.lookup.ids.texts(np.array(distinct, dtype=np.int32))
    kinds = kinds_of(ids)
    cause_of = {
        cause: Cause(product_id, title, kinds.get(product_id, "purchase"))
        for cause, product_id, title in zip(distinct, ids, titles_of(snapshot, distinct), strict=True)
    }
    return {row: [cause_of[cause] for cause in causes] for row, causes in causes_of.items()}
