"""Turns a page of rows into an answer: ids, reasons and terms."""

from collections.abc import Mapping

import numpy as np

from recommender.entities import Answer, Reason, Recommendation, Term
from recommender.explanations import Explainer
from recommender.pages.page import Page, Source
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot

Explainers = Mapping[Source, Explainer]


def build_answer(
    snapshot: Snapshot,
    page: Page,
    explainers: Explainers,
    stages: StageObserver,
    *,
    explain: bool,
    missing_ids: tuple[str, ...] | None = None,
) -> Answer:
    """The final page as items with their reasons.

    Args:
        snapshot: the snapshot that the page is from.
        page: the final page.
        explainers: one for each source on the page.
        stages: observes the stage.
        explain: adds the terms of each score.
        missing_ids: ids of the session that are unknown. None without a session.
    """
    with stages.stage("explanations"):
        reasons: dict[int, Reason] = {}
        terms: dict[int, tuple[Term, ...]] = {}
        for source in np.unique(page.sources).tolist():
            explainer = explainers[Source(source)]
            places = np.flatnonzero(page.sources == source)
            rows, scores = page.rows[places], page.scores[places]
            reasons.update(zip(places.tolist(), explainer.reasons(rows), strict=True))
            if explain:
                terms.update(zip(places.tolist(), explainer.terms(rows, scores), strict=True))
        items = tuple(
            Recommendation(snapshot.product_id(row), score, reasons[place], outside, terms.get(place, ()))
            for place, (row, score, outside) in enumerate(
                zip(page.rows.tolist(), page.scores.tolist(), page.outside.tolist(), strict=True)
            )
        )
    return Answer(page.strategy, items, page.more, missing_ids)
