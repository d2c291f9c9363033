"""Backfills short pages: popular products, fatigued ones, and products outside the query's filters."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from recommender import candidate_generation, reranking
from recommender.entities import Mask, Query, Rows, Scored
from recommender.filtering import ItemFilter
from recommender.pages.page import Page, PageSpec, Source
from recommender.pages.pipeline import OVERSAMPLE
from recommender.ports import StageObserver
from recommender.reranking import BasketCategoryCap
from recommender.snapshot import Snapshot

POPULAR = "popular"

_FIRST_BLOCK = 256
"""Popular rows to test first for a further product. One of them nearly always fits."""


def popular_page(
    snapshot: Snapshot,
    spec: PageSpec,
    stages: StageObserver,
    *,
    shown: Rows | None = None,
    bought: Rows | None = None,
    cap: BasketCategoryCap | None = None,
) -> Page:
    """Popular products for the places that `shown` leaves free.

    Args:
        snapshot: provides the products by popularity.
        spec: the page's specification.
        stages: observes the stage.
        shown: rows that are already on the page.
        bought: rows of the shopper's history.
        cap: caps the categories of a basket.
    """
    nothing = np.empty(0, dtype=np.int32)
    shown = nothing if shown is None else shown
    cap = cap or BasketCategoryCap.none(snapshot)
    if spec.limit <= len(shown):
        return Page.empty(POPULAR)
    with stages.stage("popular"):
        rows = _popular_rows(snapshot, spec, shown, cap)
        ranked = cap.apply(_by_popularity(snapshot, rows), spec.limit, shown)
        page = reranking.rerank(
            snapshot,
            ranked,
            spec.limit,
            spec.diversity,
            bought=nothing if bought is None else bought,
            shown=shown,
            earlier=spec.earlier,
        )
    return Page.scored(POPULAR, page, Source.POPULAR)


def _popular_rows(snapshot: Snapshot, spec: PageSpec, shown: Rows, cap: BasketCategoryCap) -> Rows:
    """Enough popular rows for re-ranking, most popular first."""
    taken = [shown[:0]]
    missing = (spec.limit - len(shown)) * OVERSAMPLE
    for block in candidate_generation.popular_rows(snapshot):
        rows = block[spec.item_filter.allows(block)]
        taken.append(rows[~np.isin(rows, shown)])
        missing -= int((~cap.capped(taken[-1])).sum())
        if missing <= 0:
            break
    return np.concatenate(taken)


def fatigued_page(snapshot: Snapshot, item_filter: ItemFilter, fatigued: Rows, limit: int) -> Page:
    """Products that the shopper ignored repeatedly, most popular first.

    Used only if nothing else fits.
    """
    scored = _by_popularity(snapshot, fatigued[item_filter.allows(fatigued)])
    order = np.argsort(-scored.scores, kind="stable")[:limit]
    return Page.of(POPULAR, scored.rows[order], scored.scores[order], Source.POPULAR)


def _by_popularity(snapshot: Snapshot, rows: Rows) -> Scored:
    return Scored(rows, snapshot.columns.recent_buyers[rows].astype(np.float32))


def first_allowed(item_filter: ItemFilter, ordered: Rows, count: int) -> Rows:
    """The first `count` of `ordered` that the filter accepts."""
    taken = [ordered[:0]]
    for block in candidate_generation.blocks_of(ordered):
        taken.append(block[item_filter.allows(block)])
        if sum(map(len, taken)) >= count:
            break
    return np.concatenate(taken)[:count]


def with_more(snapshot: Snapshot, spec: PageSpec, page: Page, cap: BasketCategoryCap | None = None) -> Page:
    """`page` with `more` set if it is full and any further product fits."""
    if len(page) < spec.limit:
        return page
    cap = cap or BasketCategoryCap.none(snapshot)
    left = spec.item_filter.without(page.rows)
    return replace(
        page, more=_any_product(snapshot, lambda rows: left.allows(rows) & cap.fits(rows, spec.limit))
    )


def relax_cap_if_only_category(
    snapshot: Snapshot, item_filter: ItemFilter, cap: BasketCategoryCap
) -> BasketCategoryCap:
    """`cap`, lifted if the query's filters accept capped categories alone."""
    if not len(cap.codes) or not item_filter.conditions:
        return cap
    others = _any_product(snapshot, lambda rows: item_filter.allows(rows) & ~cap.capped(rows))
    return cap if others else cap.lifted()


def _any_product(snapshot: Snapshot, fits: Callable[[Rows], Mask]) -> bool:
    """True if any product fits. Popular products are tested first."""
    return any(
        bool(fits(rows).any())
        for block in candidate_generation.popular_rows(snapshot)
        for rows in (block[:_FIRST_BLOCK], block[_FIRST_BLOCK:])
    )


def fill_page(query: Query, spec: PageSpec, make_page: Callable[[PageSpec], Page]) -> Page:
    """A page within the filters, filled up unless filtering is strict.

    Added products need not fulfil the query's conditions, and those that do not are marked. Bans hold for all.

    Args:
        query: decides if filtering is strict.
        spec: the page's specification.
        make_page: makes the scenario's page for a specification.
    """
    inside = make_page(spec)
    if query.strict_filtering or inside.more:
        return inside
    wider = spec.without_conditions()
    missing = spec.limit - len(inside)
    if missing <= 0:
        return replace(inside, more=len(make_page(wider.without(inside.rows, limit=1))) > 0)
    added = make_page(wider.without(inside.rows, missing))
    marked = replace(added, outside=spec.item_filter.fails_conditions(added.rows))
    return inside.followed_by(marked)
