"""What pages are filled up with, and what they are made within."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from recommender import candidate_generation, explanations, reranking
from recommender.entities import Answer, Filters, Mask, Query, Recommendation, Rows, Scored
from recommender.filtering import ItemFilter
from recommender.ports import StageObserver
from recommender.reranking import OwnCategories
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import contains

OVERSAMPLE = 10
"""Items per place on the page that re-ranking may choose from, where they are not candidates anyway."""

_FIRST_LOOK = 256
"""Popular rows that are looked at first for whether there is another product."""


@dataclass(frozen=True, slots=True)
class Sought:
    """The page that is to be made.

    Attributes:
        limit: how many items.
        earlier: rows of the products on earlier pages, ascending.
        own: categories that fill a third of the page at most: those of a basket.
        diversity: how much unlikeness counts.
        explore: whether places are kept for cold products.
    """

    limit: int
    earlier: Rows
    own: OwnCategories
    diversity: float
    explore: bool = False


def answered(
    snapshot: Snapshot,
    item_filter: ItemFilter,
    strategy: str,
    items: tuple[Recommendation, ...],
    sought: Sought,
) -> Answer:
    """The answer, with word of whether a next page would hold anything."""
    if len(items) < sought.limit:
        return Answer(strategy, items)
    page = np.sort(snapshot.lookup.find([item.product_id for item in items]))

    def further(rows: Rows) -> Mask:
        left: Mask = item_filter.allows(rows) & ~contains(page, rows) & sought.own.fit(rows, sought.limit)
        return left

    return Answer(strategy, items, more=_any_product(snapshot, further))


def unless_alone(
    snapshot: Snapshot, item_filter: ItemFilter, filters: Filters, own: OwnCategories
) -> OwnCategories:
    """`own`; of no category where the filters leave nothing else: then more of the same is what was asked for."""
    if not len(own.codes) or filters == Filters(exclude=filters.exclude):
        return own
    others = _any_product(snapshot, lambda rows: item_filter.allows(rows) & ~own.holds(rows))
    return own if others else replace(own, codes=own.codes[:0])


def _any_product(snapshot: Snapshot, fits: Callable[[Rows], Mask]) -> bool:
    """Whether any product fits; popular ones are asked first, nearly always one of them does."""
    return any(
        bool(fits(rows).any())
        for block in candidate_generation.popular_rows(snapshot)
        for rows in (block[:_FIRST_LOOK], block[_FIRST_LOOK:])
    )


def sought_of(snapshot: Snapshot, query: Query) -> Sought:
    """The page that a query asks for, of no basket and without places for cold products."""
    nothing = np.empty(0, dtype=np.int32)
    own = reranking.OwnCategories.of(snapshot, nothing)
    return Sought(query.limit, snapshot.lookup.with_hashes(query.shown), own, query.diversity)


def varied(
    snapshot: Snapshot, sought: Sought, bought: Rows, shown: Rows, explore: bool, ranked: Scored
) -> Scored:
    """The page of `ranked` that does not repeat itself; see `reranking.varied`."""
    return reranking.varied(
        snapshot, ranked, sought.limit, bought, shown, earlier=sought.earlier, explore=explore
    )


def popular_items(
    snapshot: Snapshot,
    item_filter: ItemFilter,
    shown: Rows,
    bought: Rows,
    sought: Sought,
    query: Query,
    stages: StageObserver,
) -> tuple[Recommendation, ...]:
    """Popular items that fill the page up to its limit, none of them among `shown`."""
    missing = sought.limit - len(shown)
    if missing <= 0:
        return ()
    taken: list[Rows] = []
    enough = missing * OVERSAMPLE
    with stages.stage("popular"):
        for block in candidate_generation.popular_rows(snapshot):
            rows = block[item_filter.allows(block)]
            taken.append(rows[~np.isin(rows, shown)])
            enough -= int((~sought.own.holds(taken[-1])).sum())
            if enough <= 0:
                break
        rows = np.concatenate([*taken, np.empty(0, np.int32)])
        scores = snapshot.columns.recent_buyers[rows].astype(np.float32)
        ranked = sought.own.capped(Scored(rows, scores), sought.limit, shown)
        vary = partial(varied, snapshot, sought, bought, shown, False)
        page = reranking.diverse_page(snapshot, ranked, sought.limit, sought.diversity, vary)
        return _popular_page(snapshot, page, query)


def _popular_page(snapshot: Snapshot, page: Scored, query: Query) -> tuple[Recommendation, ...]:
    reasons = [explanations.popular_reason(snapshot, int(row)) for row in page.rows]
    terms = explanations.popularity_terms(page) if query.explain else None
    return explanations.explained(snapshot, page, reasons, terms)


def sunk_items(
    snapshot: Snapshot, item_filter: ItemFilter, sunk: Rows, query: Query, most: int
) -> tuple[Recommendation, ...]:
    """What the shopper passed over again and again, most bought first: only where nothing else fits."""
    rows = sunk[item_filter.allows(sunk)]
    scores = snapshot.columns.recent_buyers[rows].astype(np.float32)
    order = np.argsort(-scores, kind="stable")[:most]
    return _popular_page(snapshot, Scored(rows[order], scores[order]), query)
