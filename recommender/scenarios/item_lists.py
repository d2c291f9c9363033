"""Lists beside the personal page: bought together, due again, trending, new."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recommender import explanations, profiles
from recommender.candidate_generation import blocks_of
from recommender.entities import Answer, Profile, Query, Reason, Recommendation, Rows, Term
from recommender.filtering import ItemFilter
from recommender.pages import pipeline
from recommender.pages.preferences import preferred_categories
from recommender.pages.topping_up import topped_up
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot
from recommender.snapshot.overlay import Corrections

BOUGHT_TOGETHER = "bought-together"
BUY_AGAIN = "buy-again"
TRENDING = "trending"
NEW = "new"

_MORE = 1
"""One item more than the page holds is looked for, which tells whether there is a next page."""

_NOBODY = Profile("")
_NOTHING = np.empty(0, dtype=np.int32)

_RELATED = 3
"""Similar products to look at per missing place, since those of the product's own category are no complements."""


def bought_together(
    snapshot: Snapshot, corrections: Corrections, row: int, query: Query, stages: StageObserver
) -> Answer:
    """What goes with the product in `row`, largest lift first.

    A page that stays short is filled up with similar products of other categories, then with popular ones.
    """
    if not query.strict_filtering:
        return topped_up(
            snapshot, corrections, query, lambda q: bought_together(snapshot, corrections, row, q, stages)
        )
    sought, itself = replace(query, limit=query.limit + _MORE), snapshot.product_id(row)
    items = _complements(snapshot, corrections, row, sought, stages)
    related = _related(snapshot, corrections, row, _without(sought, items, itself), stages)
    strategy = BOUGHT_TOGETHER if items else pipeline.SIMILAR if related else pipeline.POPULAR
    items += related
    if len(items) < sought.limit:
        items += pipeline.popular(snapshot, corrections, _without(sought, items, itself), stages).items
    return _page(strategy, items, query)


def _complements(
    snapshot: Snapshot, corrections: Corrections, row: int, query: Query, stages: StageObserver
) -> tuple[Recommendation, ...]:
    places = snapshot.complements.places(row)
    rows = snapshot.complements.rows[places]
    with stages.stage("filtering"):
        item_filter = _filter(snapshot, corrections, query, np.array([row], dtype=np.int32))
        chosen = np.flatnonzero(item_filter.allows(rows))[: query.limit]
    with stages.stage("explanations"):
        buyers = snapshot.complements.buyers[places][chosen].tolist()
        reasons = [explanations.bought_together_reason(snapshot, row, count) for count in buyers]
        scores = snapshot.complements.lifts[places][chosen]
        return _items(snapshot, rows[chosen], scores, reasons, "lift" if query.explain else None)


def buy_again(
    snapshot: Snapshot,
    corrections: Corrections,
    profile: Profile,
    query: Query,
    now: float,
    stages: StageObserver,
) -> Answer:
    """What the shopper bought before and is due again, most overdue first; nothing else, however short the list.

    The score is e / T: the time since the last purchase in usual intervals (see `profiles.due_again`).
    """
    if not query.strict_filtering:
        return topped_up(
            snapshot,
            corrections,
            query,
            lambda q: buy_again(snapshot, corrections, profile, q, now, stages),
        )
    with stages.stage("profile"):
        due = profiles.due_again(profile, snapshot, now)
    with stages.stage("filtering"):
        item_filter = _filter(snapshot, corrections, query, profiles.hidden_rows(profile, snapshot))
        chosen = np.flatnonzero(item_filter.allows(due.rows))[: query.limit + _MORE].tolist()
    with stages.stage("explanations"):
        scores = (due.elapsed_days / due.interval_days)[chosen]
        reasons = [
            explanations.due_again_reason(
                snapshot, row, due.elapsed_days[place], due.interval_days[place], personal=due.personal[place]
            )
            for row, place in zip(due.rows[chosen].tolist(), chosen, strict=True)
        ]
        items = _items(snapshot, due.rows[chosen], scores, reasons, "due" if query.explain else None)
        return _page(BUY_AGAIN, items, query)


def trending(snapshot: Snapshot, corrections: Corrections, query: Query, stages: StageObserver) -> Answer:
    """What sells better than usual, largest gain first; filled up with what is popular."""
    if not query.strict_filtering:
        return topped_up(snapshot, corrections, query, lambda q: trending(snapshot, corrections, q, stages))
    columns = snapshot.columns
    with stages.stage("filtering"):
        rows = _first(snapshot, corrections, query, columns.trending_rows)
    with stages.stage("explanations"):
        reasons = _each(explanations.trending_reason, snapshot, rows)
        items = _items(snapshot, rows, columns.trending[rows], reasons, "trend" if query.explain else None)
    if len(items) > query.limit:
        return _page(TRENDING, items, query)
    sought = replace(query, limit=query.limit + _MORE)
    others = pipeline.popular(snapshot, corrections, _without(sought, items), stages)
    return _page(TRENDING if items else others.strategy, items + others.items, query)


def new_arrivals(
    snapshot: Snapshot,
    corrections: Corrections,
    query: Query,
    stages: StageObserver,
    profile: Profile = _NOBODY,
) -> Answer:
    """The latest additions to the catalogue, newest first; products of unknown age are never among them.

    A shopper's preferred categories come first, newest first within them and within the rest; what the shopper hid is
    left out. The score is the time at which the product was added, in epoch seconds; in a preferred category the time
    of the newest product of all is added to it, so that the order is that of the scores.
    """
    if not query.strict_filtering:
        return topped_up(
            snapshot, corrections, query, lambda q: new_arrivals(snapshot, corrections, q, stages, profile)
        )
    with stages.stage("filtering"):
        hidden = profiles.hidden_rows(profile, snapshot)
        ordered = snapshot.columns.new_rows
        favoured = preferred_categories(snapshot, profile)[snapshot.columns.category_codes[ordered]]
        first = _first(snapshot, corrections, query, ordered[favoured], hidden)
        rest = _first(snapshot, corrections, query, ordered[~favoured], hidden)
    with stages.stage("explanations"):
        items = [_new_item(snapshot, row, query, preferred=True) for row in first.tolist()]
        items += [
            _new_item(snapshot, row, query) for row in rest[: query.limit + _MORE - len(first)].tolist()
        ]
        return _page(NEW, tuple(items), query)


def _new_item(snapshot: Snapshot, row: int, query: Query, *, preferred: bool = False) -> Recommendation:
    columns = snapshot.columns
    terms = [Term("created_at", float(columns.created_at[row]))]
    if preferred:
        terms.append(Term("preferred_category", float(columns.created_at[columns.new_rows[0]])))
    score = sum(term.value for term in terms)
    reason = explanations.new_reason(snapshot, row)
    return Recommendation(
        snapshot.product_id(row), score, reason, terms=tuple(terms) if query.explain else ()
    )


def _first(
    snapshot: Snapshot, corrections: Corrections, query: Query, ordered: Rows, banned: Rows = _NOTHING
) -> Rows:
    """The first of `ordered` that pass the filters and are not banned, one more than the page holds."""
    item_filter = _filter(snapshot, corrections, query, banned)
    taken = [ordered[:0]]
    for block in blocks_of(ordered):
        taken.append(block[item_filter.allows(block)])
        if sum(map(len, taken)) > query.limit:
            break
    return np.concatenate(taken)[: query.limit + _MORE]


def _filter(snapshot: Snapshot, corrections: Corrections, query: Query, banned: Rows) -> ItemFilter:
    """The query's filters; what is banned, or stood on an earlier page, does not pass."""
    earlier = snapshot.lookup.with_hashes(query.shown)
    return ItemFilter(snapshot, corrections, query.filters, np.union1d(banned, earlier))


def _page(strategy: str, items: tuple[Recommendation, ...], query: Query) -> Answer:
    """The page, and whether there is another."""
    return Answer(strategy, items[: query.limit], more=len(items) > query.limit)


def _related(
    snapshot: Snapshot, corrections: Corrections, row: int, query: Query, stages: StageObserver
) -> tuple[Recommendation, ...]:
    """Similar products of other categories than the product's own."""
    if query.limit < 1:
        return ()
    more = replace(query, limit=query.limit * _RELATED)
    answer = pipeline.similar(snapshot, corrections, row, more, stages)
    if answer.strategy != pipeline.SIMILAR:
        return ()
    codes = snapshot.columns.category_codes
    rows = snapshot.lookup.find([item.product_id for item in answer.items])
    other = (codes[rows] != codes[row]) | (codes[row] < 0)
    return tuple(item for item, fits in zip(answer.items, other, strict=True) if fits)[: query.limit]


def _without(query: Query, items: Sequence[Recommendation], *others: str) -> Query:
    """The query for the places that are left, without what is shown already."""
    shown = query.filters.exclude.union((item.product_id for item in items), others)
    return replace(query, limit=query.limit - len(items), filters=replace(query.filters, exclude=shown))


def _each(reason: Callable[[Snapshot, int], Reason], snapshot: Snapshot, rows: Rows) -> list[Reason]:
    return [reason(snapshot, row) for row in rows.tolist()]


def _items(
    snapshot: Snapshot,
    rows: Rows,
    scores: NDArray[np.floating],
    reasons: Sequence[Reason],
    term: str | None = None,
) -> tuple[Recommendation, ...]:
    """Items whose score is one term; it is told where `term` names it."""
    return tuple(
        Recommendation(
            snapshot.product_id(row),
            score,
            reason,
            terms=() if term is None else (Term(term, score),),
        )
        for row, score, reason in zip(rows.tolist(), scores.astype(np.float64).tolist(), reasons, strict=True)
    )
