"""Turns a page of rows into an answer: ids, reasons, terms and contributions."""

from collections.abc import Iterable, Mapping
from itertools import repeat

import numpy as np

from recommender.entities import Answer, Contribution, Query, Reason, Recommendation, Term
from recommender.explanations import Explainer, largest_contributions
from recommender.pages.page import Page, cold_items
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot

_UNEXPLAINED = Reason("in_the_catalog", "")

Explainers = Mapping[int, Explainer]


def build_answer(
    query: Query,
    snapshot: Snapshot,
    page: Page,
    explainers: Explainers,
    stages: StageObserver,
    missing_ids: tuple[str, ...] | None = None,
) -> Answer:
    """Turns the rows of `page` into items, each with its reason.

    Args:
        query: whether the terms of each score are added.
        snapshot: the snapshot of the rows.
        page: rows and scores, best first.
        explainers: one for each source on the page.
        stages: observes the stage.
        missing_ids: ids of the session that are unknown. None without a session.
    """
    with stages.stage("explanations"):
        items = _items(snapshot, page, explainers, explain=query.explain)
    stages.items("all", len(items))
    if cold := cold_items(snapshot, page.rows):
        stages.items("cold", cold)
    return Answer(page.strategy, items, page.more, missing_ids)


def _items(
    snapshot: Snapshot, page: Page, explainers: Explainers, *, explain: bool
) -> tuple[Recommendation, ...]:
    count = len(page)
    reasons = [_UNEXPLAINED] * count
    terms: list[tuple[Term, ...]] = [()] * count
    for source in set(page.sources.tolist()):
        places = np.flatnonzero(page.sources == source)
        rows, own = page.rows[places], page.scores[places]
        for place, reason in zip(places.tolist(), explainers[source].reasons(rows), strict=True):
            reasons[place] = reason
        if explain:
            for place, found in zip(places.tolist(), explainers[source].terms(rows, own), strict=True):
                terms[place] = found
    ids, scores = snapshot.lookup.ids.texts(page.rows), page.scores.tolist()
    contributions: Iterable[tuple[Contribution, ...]] = repeat(())
    if explain:
        trends = [float(snapshot.trend[row]) if row < snapshot.indexed else 1.0 for row in page.rows.tolist()]
        contributions = map(largest_contributions, terms, trends, scores)
    return tuple(map(Recommendation, ids, scores, reasons, page.outside.tolist(), terms, contributions))
