"""Answers around a product that the snapshot lacks, by its category."""

import json

import numpy as np

from recommender import explanations
from recommender.arrays import NO_ROWS, Mask, Rows
from recommender.entities import Answer, Query, Reason
from recommender.explanations import Explainer
from recommender.filtering import RowMask
from recommender.pages.answers import build_answer
from recommender.pages.backfill import fill_page
from recommender.pages.page import Page, PageSpec, Source
from recommender.pages.popular import popular_page
from recommender.pages.remaining import with_more
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot
from recommender.snapshot.additions import Addition
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.lookups import ResolvedIds, contains

MAX_SOLD = 20
"""Best sellers of a category that stand for a product of it."""


def alternatives_of_addition(
    snapshot: Snapshot, corrections: Corrections, addition: Addition, query: Query, stages: StageObserver
) -> Answer:
    """Popular products of the addition's category, then other popular ones."""
    start, end = _category_range(snapshot, addition)

    def fits(rows: Rows) -> Mask:
        codes = snapshot.columns.category_codes[rows]
        within: Mask = (codes >= start) & (codes < end)
        return within

    title = _title(addition)

    def reasons(rows: Rows) -> list[Reason]:
        return explanations.same_category_reasons(snapshot, addition.product_id, title, rows.tolist())

    explainer = Explainer(reasons, explanations.single_term("popularity"))
    return _answer(snapshot, corrections, query, stages, fits, explainer)


def complements_of_addition(
    snapshot: Snapshot, corrections: Corrections, addition: Addition, query: Query, stages: StageObserver
) -> Answer:
    """Products bought together with the best sellers of the addition's category, popular ones first.

    Then other popular products.
    """
    sold = best_sellers(snapshot, addition)
    together = snapshot.complements.of(sold)
    start, end = _category_range(snapshot, addition)

    def fits(rows: Rows) -> Mask:
        codes = snapshot.columns.category_codes[rows]
        elsewhere: Mask = (codes < start) | (codes >= end)
        return elsewhere & contains(together, rows)

    explainer = explanations.popular_explainer(snapshot)
    return _answer(snapshot, corrections, query, stages, fits, explainer)


def best_sellers(snapshot: Snapshot, addition: Addition) -> Rows:
    """The most popular products of the addition's category, at most `MAX_SOLD`."""
    rows, starts = snapshot.rows_by_category
    start, end = _category_range(snapshot, addition)
    if start == end:
        return NO_ROWS
    members = rows[starts[start] : starts[end]]
    order = np.lexsort((-snapshot.columns.buyers[members], -snapshot.columns.recent_buyers[members]))
    best: Rows = members[order[:MAX_SOLD]]
    return best


def _category_range(snapshot: Snapshot, addition: Addition) -> tuple[int, int]:
    """First code and last code + 1 of the addition's category.

    If no product has that category, they are those of the nearest one above it.
    """
    return snapshot.categories.nearest_range(addition.change.category or "")


def _answer(
    snapshot: Snapshot,
    corrections: Corrections,
    query: Query,
    stages: StageObserver,
    fits: RowMask,
    explainer: Explainer,
) -> Answer:
    def make_page(spec: PageSpec) -> Page:
        near = popular_page(spec.narrowed(fits), stages)
        own = Page.of(near.strategy, near.rows, near.scores, Source.PRODUCT)
        return with_more(spec, own.followed_by(popular_page(spec, stages, shown=own.rows)))

    spec = PageSpec.of(snapshot, corrections, query, ResolvedIds(snapshot.lookup))
    explainers = {Source.PRODUCT: explainer, Source.POPULAR: explanations.popular_explainer(snapshot)}
    page = fill_page(make_page(spec), query, spec, make_page)
    return build_answer(query, snapshot, page, explainers, stages)


def _title(addition: Addition) -> str:
    return " ".join(str(json.loads(addition.change.document or b'{"title": ""}')["title"]).split())
