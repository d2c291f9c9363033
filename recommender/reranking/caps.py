"""Caps the share of a page for one category, text or kind."""

import math

import numpy as np

from recommender.entities import NO_ROWS, Rows, Scored
from recommender.kernels import pages as kernels
from recommender.reranking.cold_places import COLD_SHARE, are_cold, reserve_cold_places
from recommender.snapshot import Snapshot

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
    columns = snapshot.columns
    places = limit - len(shown)
    pool = _comparable(ranked, places)
    own = np.sort(bought)
    page, deferred, surplus = kernels.fill_page(
        ranked.rows[:pool],
        places,
        columns.variant_groups,
        columns.category_codes,
        snapshot.warm,
        snapshot.indexed,
        own,
        np.sort(columns.variant_groups[own]),
        shown,
        columns.variant_groups[earlier],
        *(max(1, math.ceil(limit * share)) for share in (CATEGORY_SHARE, COLD_SHARE, TWIN_SHARE)),
    )
    order = [*page.tolist(), *deferred.tolist()]
    if len(order) < places:
        cold = are_cold(snapshot, ranked.rows[pool:])
        order += (pool + np.flatnonzero(~cold)).tolist()
        order += surplus.tolist()
        order += (pool + np.flatnonzero(cold)).tolist()
    order = order[:places]
    if explore:
        order = reserve_cold_places(snapshot, ranked, order, limit)
    return Scored(ranked.rows[order], ranked.scores[order])


def _comparable(ranked: Scored, places: int) -> int:
    """Number of candidates, from the best, above `CAP_FLOOR`."""
    if len(ranked.scores) <= places:
        return len(ranked.scores)
    floor = CAP_FLOOR * ranked.scores[places - 1]
    return int(np.searchsorted(-ranked.scores, -floor, side="right"))
