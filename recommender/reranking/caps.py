"""Caps the share of a page for one category, text or kind."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from recommender.entities import NO_ROWS, Rows, Scored
from recommender.reranking.cold_places import COLD_SHARE, are_cold, reserve_cold_places
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import contains

CATEGORY_SHARE = 0.3
"""Largest share of a page for one category, while other categories have candidates."""

TWIN_SHARE = 0.3
"""Largest share of a page for products with the same text as a bought one. They look like a mistake, even if right."""

CAP_FLOOR = 0.5
"""Caps stop at this share of the score: an item below it does not displace a better one for variety."""


def apply_caps(
    snapshot: Snapshot,
    ranked: Scored,
    limit: int,
    *,
    bought: Rows = NO_ROWS,
    shown: Rows = NO_ROWS,
    earlier: Rows = NO_ROWS,
    explore: bool = False,
) -> Scored:
    """Fills a page from `ranked`, best first, without exceeding any cap.

    An item over a cap is deferred until no other item of a comparable score is left. Surplus cold items are deferred
    until no other item is left at all. Products with the same text look identical, so a page shows one of them.

    Args:
        snapshot: provides each row's text, category and coldness.
        ranked: candidates, best first.
        limit: the page's length.
        bought: rows of the shopper's history. No cap applies to them.
        shown: rows that are already on the page.
        earlier: rows of earlier pages. Their texts are not repeated; other caps hold per page.
        explore: reserves the last places for cold products if the page has too few of them.
    """
    page: list[int] = []
    deferred: list[int] = []
    surplus: list[int] = []
    places = limit - len(shown)
    filled = Counter(kind for limits in _limits(snapshot, shown, limit, bought) for kind in limits)
    if len(earlier):
        filled.update(("text", group) for group in set(snapshot.columns.variant_groups[earlier].tolist()))
    pool = _comparable(ranked, places)
    for position, limits in enumerate(_limits(snapshot, ranked.rows[:pool], limit, bought)):
        full = [kind for kind, cap in limits.items() if filled[kind] >= cap]
        if full:
            (surplus if "cold" in full else deferred).append(position)
            continue
        for kind in limits:
            filled[kind] += 1
        page.append(position)
        if len(page) >= places:
            break
    if len(page) + len(deferred) < places:
        cold = are_cold(snapshot, ranked.rows[pool:])
        deferred += (pool + np.flatnonzero(~cold)).tolist()
        surplus += (pool + np.flatnonzero(cold)).tolist()
    order = [*page, *deferred, *surplus][:places]
    if explore:
        order = reserve_cold_places(snapshot, ranked, order, limit)
    return Scored(ranked.rows[order], ranked.scores[order])


def _comparable(ranked: Scored, places: int) -> int:
    """Number of candidates, from the best, above `CAP_FLOOR`."""
    if len(ranked.scores) <= places:
        return len(ranked.scores)
    floor = CAP_FLOOR * ranked.scores[places - 1]
    return int(np.searchsorted(-ranked.scores, -floor, side="right"))


def _limits(snapshot: Snapshot, rows: Rows, limit: int, bought: Rows) -> Iterator[dict[object, int]]:
    """Yields, for each of `rows`, the kinds it belongs to with their caps."""
    if not len(rows):
        return
    groups = snapshot.columns.variant_groups[rows].tolist()
    codes = snapshot.columns.category_codes[rows].tolist()
    cold = are_cold(snapshot, rows).tolist()
    bought_groups = set(snapshot.columns.variant_groups[bought].tolist())
    places = {
        share: max(1, int(np.ceil(limit * share))) for share in (CATEGORY_SHARE, COLD_SHARE, TWIN_SHARE)
    }
    was_bought = contains(np.sort(bought), rows).tolist()
    for group, code, is_cold, is_own in zip(groups, codes, cold, was_bought, strict=True):
        limits: dict[object, int] = {}
        if is_own:
            yield limits  # a product that the shopper buys regularly is not repetition
            continue
        if group >= 0:
            limits["text", group] = 1
            if group in bought_groups:
                limits["twin"] = places[TWIN_SHARE]
        if code >= 0:
            limits["category", code] = places[CATEGORY_SHARE]
        if is_cold:
            limits["cold"] = places[COLD_SHARE]
        yield limits
