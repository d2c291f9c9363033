"""Pages that the filters leave short, filled up for callers who would rather show something else than nothing."""

from collections.abc import Callable
from dataclasses import replace

from recommender.entities import Answer, Filters, Query
from recommender.filtering import outside
from recommender.snapshot import Snapshot
from recommender.snapshot.overlay import Corrections


def topped_up(
    snapshot: Snapshot, corrections: Corrections, query: Query, ask: Callable[[Query], Answer]
) -> Answer:
    """What fulfils the filters, then what does not, each such item marked; exclusions hold for both.

    Args:
        snapshot: with `corrections`, tells which items fulfil the filters.
        corrections: what is newer than the snapshot.
        query: the request.
        ask: the scenario's answer to a query; it is only asked strict ones.
    """
    inside = ask(replace(query, strict_filtering=True))
    missing = query.limit - len(inside.items)
    if inside.more:
        return inside
    shown = query.filters.exclude | {item.product_id for item in inside.items}
    wider = replace(query, filters=Filters(exclude=shown), strict_filtering=True)
    if missing <= 0:
        return replace(inside, more=bool(ask(replace(wider, limit=1)).items))
    more = ask(replace(wider, limit=missing))
    rows = snapshot.lookup.find([item.product_id for item in more.items])
    marks = outside(snapshot, corrections, query.filters, rows).tolist()
    added = tuple(replace(item, outside_filters=mark) for item, mark in zip(more.items, marks, strict=True))
    strategy = inside.strategy if inside.items else more.strategy
    return Answer(strategy, inside.items + added, more=more.more)
