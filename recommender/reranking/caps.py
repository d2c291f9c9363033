"""A page that does not say the same thing twice."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from recommender.entities import Mask, Rows, Scored
from recommender.snapshot import Snapshot

CATEGORY_SHARE = 0.3
"""A category fills at most this share of a page, as long as other categories have something to offer."""

COLD_SHARE = 0.05
"""Products that borrowed their vector fill this share, no more and, where the page explores, no less: what is never
shown is never bought, but each of them takes a place from what is known to sell."""

TWIN_SHARE = 0.3
"""So do other products with the very text of one that was bought: often right, but they look like a mistake."""


VARIETY_FLOOR = 0.5
"""Variety costs no more than this: an item scores at least this share of the one whose place it may take."""

COLD_FLOOR = 0.2
"""A place is kept for a cold product only if it scores at least this share of the one whose place it takes."""


def varied(
    snapshot: Snapshot,
    ranked: Scored,
    limit: int,
    bought: Rows,
    shown: Rows,
    *,
    earlier: Rows | None = None,
    explore: bool = False,
) -> Scored:
    """What fills the page: best first, indistinguishable products once, no share exceeded.

    Products with the same text as one on the page (a shopper cannot tell them apart), and those whose share is
    full, wait until nothing else that scores as much is left, surplus cold ones until nothing else is left at all:
    they are put off, never lost.

    Args:
        snapshot: gives each row's variant group, category and warmth.
        ranked: candidates, best first.
        limit: the page's length.
        bought: rows of the shopper's history.
        shown: rows that stand on the page already.
        earlier: rows of earlier pages: their texts are not repeated, their shares are spent with their page.
        explore: whether the last places are kept for cold products when none got among the others.
    """
    page: list[int] = []
    put_off: list[int] = []
    surplus: list[int] = []
    places = limit - len(shown)
    filled = Counter(kind for limits in _limits(snapshot, shown, limit, bought) for kind in limits)
    if earlier is not None:
        filled.update(("text", group) for group in set(snapshot.columns.variant_groups[earlier].tolist()))
    pool = _worth_showing(ranked, places)
    for position, limits in enumerate(_limits(snapshot, ranked.rows[:pool], limit, bought)):
        full = [kind for kind, most in limits.items() if filled[kind] >= most]
        if full:
            (surplus if "cold" in full else put_off).append(position)
            continue
        filled.update(limits.keys())
        page.append(position)
        if len(page) >= places:
            break
    if len(page) + len(put_off) < places:
        borrowed = _borrowed(snapshot, ranked.rows[pool:])
        put_off += (pool + np.flatnonzero(~borrowed)).tolist()
        surplus += (pool + np.flatnonzero(borrowed)).tolist()
    order = [*page, *put_off, *surplus][:places]
    if explore:
        order = _with_cold(snapshot, ranked, order, _cold_places(snapshot, limit))
    return Scored(ranked.rows[order], ranked.scores[order])


def _borrowed(snapshot: Snapshot, rows: Rows) -> Mask:
    """Which of `rows` are cold products with a vector; shape (len(rows),)."""
    borrowed: Mask = (rows >= snapshot.warm) & (rows < snapshot.indexed)
    return borrowed


def _with_cold(snapshot: Snapshot, ranked: Scored, order: list[int], places: int) -> list[int]:
    """`order` with the best cold products in its last places, as far as it holds fewer than `places` of them.

    One that scores next to nothing stays out: its place is dearer than what it finds.
    """
    rows = ranked.rows
    if not order or places < 1:
        return order
    worth = ranked.scores >= COLD_FLOOR * ranked.scores[order[-1]]
    cold = np.flatnonzero(_borrowed(snapshot, rows) & worth).tolist()
    others = [position for position in order if position not in cold]
    missing = min(places - (len(order) - len(others)), len(others))
    groups = snapshot.columns.variant_groups[rows].tolist()
    shown = {groups[position] for position in order}
    added: list[int] = []
    for position in cold:
        if len(added) >= missing:
            break
        if position not in order and (groups[position] < 0 or groups[position] not in shown):
            added.append(position)
            shown.add(groups[position])
    dropped = set(others[len(others) - len(added) :])
    return [*(position for position in order if position not in dropped), *added]


def _cold_places(snapshot: Snapshot, limit: int) -> int:
    """Places kept for cold products: their share of the page, or of the catalogue where that is less; rounded."""
    share = min(COLD_SHARE, 1 - snapshot.warm / max(snapshot.indexed, 1))
    return int(limit * share + 0.5)


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
    borrowed = _borrowed(snapshot, rows).tolist()
    bought_groups = set(snapshot.columns.variant_groups[bought].tolist())
    places = {
        share: max(1, int(np.ceil(limit * share))) for share in (CATEGORY_SHARE, COLD_SHARE, TWIN_SHARE)
    }
    was_bought = np.isin(rows, bought).tolist()
    for group, code, is_borrowed, is_own in zip(groups, codes, borrowed, was_bought, strict=True):
        limits: dict[object, int] = {}
        if is_own:
            yield limits  # what the shopper buys again and again is no repetition on the page
            continue
        if group >= 0:
            limits["text", group] = 1
            if group in bought_groups:
                limits["twin"] = places[TWIN_SHARE]
        if code >= 0:
            limits["category", code] = places[CATEGORY_SHARE]
        if is_borrowed:
            limits["cold"] = places[COLD_SHARE]
        yield limits
