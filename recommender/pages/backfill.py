"""Backfills short pages with fatigued products, and with products outside the query's filters."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from recommender.arrays import Rows
from recommender.entities import Query
from recommender.pages.page import Page, PageSpec, Source
from recommender.pages.popular import POPULAR, by_popularity


def fatigued_page(spec: PageSpec, fatigued: Rows) -> Page:
    """Products that the shopper ignored repeatedly, most popular first.

    Used only if nothing else fits.
    """
    scored = by_popularity(spec.snapshot, fatigued[spec.item_filter.allows(fatigued)])
    order = np.argsort(-scored.scores, kind="stable")[: spec.limit]
    return Page.of(POPULAR, scored.rows[order], scored.scores[order], Source.POPULAR)


def fill_page(inside: Page, query: Query, spec: PageSpec, make_page: Callable[[PageSpec], Page]) -> Page:
    """A page within the filters, filled up with other products unless filtering is strict.

    Added products need not fulfill the query's filters, and those that do not are marked. They are never banned ones.

    Args:
        inside: the page within the filters.
        query: has `strict_filtering`.
        spec: the specification of `inside`.
        make_page: makes the scenario's page for another specification.
    """
    if query.strict_filtering or inside.more:
        return inside
    wider = spec.without_conditions().rest(inside.rows)
    if wider.limit <= 0:
        return replace(inside, more=len(make_page(wider.resized(1))) > 0)
    added = make_page(wider)
    marked = replace(added, outside=spec.item_filter.fails_conditions(added.rows))
    return inside.followed_by(marked)
