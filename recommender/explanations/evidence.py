"""Items of a personal page, each with its reason and, where asked for, its score's terms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from recommender.entities import Frequency, History, Reason, Recommendation, Rows, Scored, Term
from recommender.explanations.contributions import contributions, main_causes
from recommender.explanations.reasons import because_of, bought_again_reason
from recommender.explanations.terms import personal_terms
from recommender.snapshot import Snapshot

KindsOf = Callable[[list[str]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the scores of a page stand on.

    Attributes:
        history: what the query vector and the neighbours were made from.
        frequency: the shopper's own purchases; empty where they are left out.
        kinds: tells of product ids what the shopper did with them: `purchase`, `view` …
    """

    history: History
    frequency: Frequency
    kinds: KindsOf


def own_reasons(snapshot: Snapshot, evidence: Evidence, page: Scored) -> list[Reason]:
    """For each item of the page: bought before, or the products of the history that its score comes from."""
    frequency, history = evidence.frequency, evidence.history
    days = dict(zip(frequency.rows.tolist(), frequency.days.tolist(), strict=True))
    rows = page.rows.tolist()
    causes = _causes(snapshot, history, np.array([row for row in rows if row not in days], dtype=np.int32))
    ids = {cause: snapshot.product_id(cause) for found in causes.values() for cause in found}
    kinds = evidence.kinds(list(ids.values()))
    kind_of = {cause: kinds.get(product_id, "purchase") for cause, product_id in ids.items()}
    return [
        bought_again_reason(snapshot, row, days[row])
        if row in days
        else because_of(snapshot, row, causes[row], kind_of)
        for row in rows
    ]


def own_terms(snapshot: Snapshot, evidence: Evidence, page: Scored) -> list[tuple[Term, ...]]:
    """The terms of each item's score, in the order of the page."""
    return personal_terms(snapshot, evidence.history, evidence.frequency, page)


def explained(
    snapshot: Snapshot, page: Scored, reasons: list[Reason], terms: list[tuple[Term, ...]] | None = None
) -> tuple[Recommendation, ...]:
    """The page's items with their reasons; with terms where there are any."""
    every = terms or [()] * len(reasons)
    return tuple(
        Recommendation(snapshot.product_id(int(row)), float(score), reason, terms=own)
        for row, score, reason, own in zip(page.rows, page.scores, reasons, every, strict=True)
    )


def _causes(snapshot: Snapshot, history: History, rows: Rows) -> dict[int, list[int]]:
    shares = contributions(snapshot, history, rows)
    return {
        row: history.rows[main_causes(own)].tolist() for row, own in zip(rows.tolist(), shares, strict=True)
    }
