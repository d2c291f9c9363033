"""A page that does not say the same thing twice."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from recommender.entities import Rows, Scored
from recommender.snapshot import Snapshot

CATEGORY_SHARE = 0.3
"""A category fills at most this share of a page, as long as other categories have something to offer."""

COLD_SHARE = 0.1
"""Products that borrowed their vector fill at most this share: they must be shown to be bought, but they crowd."""

TWIN_SHARE = 0.2
"""So do other products with the very text of one that was bought: often right, but they look like a mistake."""


VARIETY_FLOOR = 0.5
"""Variety costs no more than this: an item scores at least this share of the one whose place it may take."""


def varied(snapshot: Snapshot, ranked: Scored, limit: int, bought: Rows, shown: Rows) -> Scored:
    """What fills the page: best first, indistinguishable products once, no share exceeded.

    Products with the same text as one on the page (a shopper cannot tell them apart), and those whose share is
    full, wait until nothing else is left: they are put off, never lost.

    Args:
        snapshot: gives each row's variant group, category and warmth.
        ranked: candidates, best first.
        limit: the page's length.
        bought: rows of the shopper's history.
        shown: rows that stand on the page already.
    """
    page: list[int] = []
    put_off: list[int] = []
    places = limit - len(shown)
    filled = Counter(kind for limits in _limits(snapshot, shown, limit, bought) for kind in limits)
    pool = _worth_showing(ranked, places)
    for position, limits in enumerate(_limits(snapshot, ranked.rows[:pool], limit, bought)):
        if any(filled[kind] >= most for kind, most in limits.items()):
            put_off.append(position)
            continue
        filled.update(limits.keys())
        page.append(position)
        if len(page) >= places:
            break
    rest = range(pool, len(ranked.rows)) if len(page) + len(put_off) < places else ()
    order = np.array([*page, *put_off, *rest][:places], dtype=np.intp)
    return Scored(ranked.rows[order], ranked.scores[order])


def _worth_showing(ranked: Scored, places: int) -> int:
    """How many candidates, from the best, are good enough to be shown for variety's sake."""
    if len(ranked.scores) <= places:
        return len(ranked.scores)
    floor = VARIETY_FLOOR * ranked.scores[places - 1]
    return int(np.searchsorted(-ranked.scores, -floor, side="right"))


def _limits(snapshot: Snapshot, rows: Rows, limit: int, bought: Rows) -> Iterator[dict[object, int]]:
    """For each of `rows`: the kinds it belongs to, and how many of each kind a page may show."""
    groups = snapshot.columns.variant_groups[rows].tolist()
    codes = snapshot.columns.category_codes[rows].tolist()
    borrowed = ((rows >= snapshot.warm) & (rows < snapshot.indexed)).tolist()
    bought_groups = set(snapshot.columns.variant_groups[bought].tolist())
    places = {
        share: max(1, int(np.ceil(limit * share))) for share in (CATEGORY_SHARE, COLD_SHARE, TWIN_SHARE)
    }
    for group, code, is_borrowed in zip(groups, codes, borrowed, strict=True):
        limits: dict[object, int] = {}
        if group >= 0:
            limits["text", group] = 1
            if group in bought_groups:
                limits["twin"] = places[TWIN_SHARE]
        if code >= 0:
            limits["category", code] = places[CATEGORY_SHARE]
        if is_borrowed:
            limits["cold"] = places[COLD_SHARE]
        yield limits
