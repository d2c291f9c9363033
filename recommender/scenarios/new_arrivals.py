"""Latest additions to the catalog."""

from dataclasses import replace

import numpy as np

from recommender import explanations, profiles, reranking
from recommender.arrays import Mask, Rows
from recommender.entities import Answer, Profile, Query, Recommendation, Term
from recommender.explanations import Explainer
from recommender.pages.answers import build_answer
from recommender.pages.backfill import fill_page
from recommender.pages.candidates import OVERSAMPLE
from recommender.pages.page import Page, PageSpec, Source
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.lookups import ResolvedIds

NEW = "new"

_UNKNOWN_SHOPPER = Profile("")


def new_arrivals(
    snapshot: Snapshot,
    corrections: Corrections,
    query: Query,
    stages: StageObserver,
) -> Answer:
    """The latest additions to the catalog, newest first, without products of unknown age.

    The preferred categories of the query's viewer come first, newest first among themselves. The score is the time of
    addition in epoch seconds. In a preferred category the time of the newest product is added to it, so that scores
    fall along the page. Products that the snapshot lacks are listed, too.
    """
    columns, ids = snapshot.columns, ResolvedIds(snapshot.lookup)
    preferred = _preferred_categories(snapshot, query.viewer or _UNKNOWN_SHOPPER, ids)
    favored = preferred[columns.category_codes[columns.new_rows]]
    ordered = np.concatenate([columns.new_rows[favored], columns.new_rows[~favored]])
    additions = corrections.additions.newest
    newest = [*columns.created_at[columns.new_rows[:1]].tolist(), *[one.created_at for one in additions[:1]]]
    bonus = max(newest, default=0.0)

    def terms(rows: Rows) -> list[tuple[Term, ...]]:
        in_preferred = preferred[columns.category_codes[rows]].tolist()
        return [
            (Term("created_at", created), *[Term("preferred_category", bonus)] * liked)
            for created, liked in zip(columns.created_at[rows].tolist(), in_preferred, strict=True)
        ]

    def make_page(spec: PageSpec) -> Page:
        with stages.stage("filtering"):
            newest = spec.resized((spec.limit + 1) * OVERSAMPLE).first_allowed(ordered)
            rows = reranking.first_of_texts(snapshot, newest, spec.limit)
        scores = columns.created_at[rows] + bonus * preferred[columns.category_codes[rows]]
        return replace(Page.of(NEW, rows, scores, Source.NEW), more=len(newest) > len(rows))

    spec = PageSpec.of(snapshot, corrections, query, ids)
    explainer = Explainer(
        lambda rows: [explanations.new_reason(created) for created in columns.created_at[rows].tolist()],
        lambda rows, scores: terms(rows),
    )
    page = fill_page(make_page(spec), query, spec, make_page)
    answer = build_answer(query, snapshot, page, {Source.NEW: explainer}, stages)
    return _with_additions(answer, _additions(snapshot, corrections, query, preferred, bonus), query.limit)


def _additions(
    snapshot: Snapshot, corrections: Corrections, query: Query, preferred: Mask, bonus: float
) -> list[Recommendation]:
    """Items of the products that the snapshot lacks."""
    found = corrections.additions.fitting(query.filters, query.shown)
    if found and query.viewer is not None:
        ids = [one.product_id for one in found]
        left_out = profiles.left_out_ids(query.viewer, ids, include_purchased=query.include_purchased)
        found = [one for one in found if one.product_id not in left_out]
    items = []
    for one in found:
        liked = bool(preferred[snapshot.categories.code(one.change.category)])
        terms = (Term("created_at", one.created_at), *[Term("preferred_category", bonus)] * liked)
        reason = explanations.new_reason(one.created_at)
        score = one.created_at + bonus * liked
        items.append(Recommendation(one.product_id, score, reason, terms=terms if query.explain else ()))
    return items


def _with_additions(answer: Answer, additions: list[Recommendation], limit: int) -> Answer:
    """`answer` with further items at the places of their scores.

    Items outside of the filters stay last.
    """
    if not additions:
        return answer
    items = sorted([*answer.items, *additions], key=lambda item: (item.outside_filters, -item.score))
    return replace(answer, items=tuple(items[:limit]), more=answer.more or len(items) > limit)


def _preferred_categories(snapshot: Snapshot, profile: Profile, ids: ResolvedIds) -> Mask:
    """Marks the categories that the shopper likes, or bought from and does not dislike.

    Returns:
        By category code, the last entry for products without a category, which is never preferred; shape (codes + 1,).
    """
    rows, _, _ = profiles.purchase_days(profile, ids)
    bought = np.zeros(len(snapshot.categories.paths) + 1, dtype=np.bool_)
    bought[snapshot.columns.category_codes[rows]] = True
    bought[-1] = False
    affinities = profiles.Affinities.from_preferences(snapshot, profile.preferences).categories
    preferred: Mask = (affinities > 0) | (bought & (affinities == 0))
    return preferred
