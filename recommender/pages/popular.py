"""Pages of popular products, which also fill the places that other pages leave free."""

import numpy as np

from recommender import candidate_generation, reranking
from recommender.arrays import NO_ROWS, Rows
from recommender.entities import Scored, Window
from recommender.pages.candidates import OVERSAMPLE
from recommender.pages.page import Page, PageSpec, Source
from recommender.ports import StageObserver
from recommender.reranking import KnownRows
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import contains

POPULAR = "popular"


def popular_page(
    spec: PageSpec,
    stages: StageObserver,
    *,
    shown: Rows = NO_ROWS,
    bought: Rows = NO_ROWS,
    window: Window | None = None,
) -> Page:
    """Popular products for the places that `shown` leaves free.

    Args:
        spec: the page's specification.
        stages: observes the stage.
        shown: rows that are already on the page.
        bought: rows of the shopper's history.
        window: days in which buyers count. None: the popularity window of the snapshot.
    """
    if spec.limit <= len(shown):
        return Page.empty(POPULAR)
    with stages.stage("popular"):
        popularity = spec.snapshot.popularity(window)
        rows = _popular_rows(spec, shown, popularity.rows)
        ranked = Scored(rows, popularity.buyers[rows].astype(np.float32))
        page = reranking.rerank(
            spec.snapshot,
            spec.cap.apply(ranked, spec.limit, shown),
            spec.limit,
            spec.diversity,
            KnownRows(bought, shown, spec.earlier),
        )
    return Page.scored(POPULAR, page, Source.POPULAR)


def fill_with_popular(page: Page, spec: PageSpec, stages: StageObserver) -> Page:
    """`page`, filled up with popular products to the limit of `spec`."""
    if len(page) >= spec.limit:
        return page
    return page.followed_by(popular_page(spec.rest(page.rows), stages))


def by_popularity(snapshot: Snapshot, rows: Rows) -> Scored:
    """`rows` in their order, scored by recent buyers."""
    return Scored(rows, snapshot.columns.recent_buyers[rows].astype(np.float32))


def _popular_rows(spec: PageSpec, shown: Rows, ordered: Rows) -> Rows:
    """Enough of `ordered` rows for re-ranking, most popular first."""
    taken = [NO_ROWS]
    missing = (spec.limit - len(shown)) * OVERSAMPLE
    for block in candidate_generation.blocks_of(ordered):
        rows = block[spec.item_filter.allows(block)]
        taken.append(rows[~contains(np.sort(shown), rows)])
        missing -= int((~spec.cap.capped(taken[-1])).sum())
        if missing <= 0:
            break
    return np.concatenate(taken)
