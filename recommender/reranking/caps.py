"""Caps the share of a page for one category, text or kind."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from recommender.entities import Mask, Rows, Scored
from recommender.snapshot import Snapshot

CATEGORY_SHARE = 0.3
"""Largest share of a page for one category, while other categories have candidates."""

COLD_SHARE = 0.05
"""Share of a page for cold products, whose vectors are borrowed.

It is a cap, and on pages that explore also a minimum. Products that are never shown are never bought, but each cold
product takes a place from one that is known to sell."""

TWIN_SHARE = 0.3
"""Largest share of a page for products with the same text as a bought one. They look like a mistake, even if right."""

CAP_FLOOR = 0.5
"""Caps stop at this share of the score: an item below it does not displace a better one for variety."""

COLD_FLOOR = 0.2
"""Cold items below this share of the displaced item's score are not inserted."""


def apply_caps(
    snapshot: Snapshot,
    ranked: Scored,
    limit: int,
    bought: Rows,
    shown: Rows,
    *,
    earlier: Rows | None = None,
    explore: bool = False,
) -> Scored:
    """Fills a page from `ranked`, best first, without exceeding any cap.

    An item over a cap is deferred until no other item of a comparable score is left. Surplus cold items are deferred
    until no other item is left at all. Products with the same text look identical, so a page shows one of them.

    Args:
        snapshot: provides each row's variant group, category and warmth.
        ranked: candidates, best first.
        limit: the page's length.
        bought: rows of the shopper's history, which no cap holds for.
        shown: rows that are already on the page.
        earlier: rows of earlier pages. Their texts are not repeated; other caps hold per page.
        explore: reserves the last places for cold products if the page has too few of them.
    """
    page: list[int] = []
    deferred: list[int] = []
    surplus: list[int] = []
    places = limit - len(shown)
    filled = Counter(kind for limits in _limits(snapshot, shown, limit, bought) for kind in limits)
    if earlier is not None:
        filled.update(("text", group) for group in set(snapshot.columns.variant_groups[earlier].tolist()))
    pool = _comparable(ranked, places)
    for position, limits in enumerate(_limits(snapshot, ranked.rows[:pool], limit, bought)):
        full = [kind for kind, cap in limits.items() if filled[kind] >= cap]
        if full:
            (surplus if "cold" in full else deferred).append(position)
            continue
        filled.update(limits.keys())
        page.append(position)
        if len(page) >= places:
            break
    if len(page) + len(deferred) < places:
        cold = _are_cold(snapshot, ranked.rows[pool:])
        deferred += (pool + np.flatnonzero(~cold)).tolist()
        surplus += (pool + np.flatnonzero(cold)).tolist()
    order = [*page, *deferred, *surplus][:places]
    if explore:
        order = _with_cold(snapshot, ranked, order, _cold_places(snapshot, limit))
    return Scored(ranked.rows[order], ranked.scores[order])


def _are_cold(snapshot: Snapshot, rows: Rows) -> Mask:
    """Marks cold products that have a vector. Shape (len(rows),)."""
    cold: Mask = (rows >= snapshot.warm) & (rows < snapshot.indexed)
    return cold


def _with_cold(snapshot: Snapshot, ranked: Scored, order: list[int], places: int) -> list[int]:
    """Replaces the last items of `order` by cold ones.

    Afterwards it holds `places` cold items, if there are so many.

    Cold items below `COLD_FLOOR` are not inserted.
    """
    rows = ranked.rows
    if not order or places < 1:
        return order
    worthy = ranked.scores >= COLD_FLOOR * ranked.scores[order[-1]]
    cold = np.flatnonzero(_are_cold(snapshot, rows) & worthy).tolist()
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
    """Number of places reserved for cold products.

    Their share is the smaller of COLD_SHARE and their share of the catalogue, rounded.
    """
    share = min(COLD_SHARE, 1 - snapshot.warm / max(snapshot.indexed, 1))
    return int(limit * share + 0.5)


def _comparable(ranked: Scored, places: int) -> int:
    """Number of candidates, from the best, above `CAP_FLOOR`."""
    if len(ranked.scores) <= places:
        return len(ranked.scores)
    floor = CAP_FLOOR * ranked.scores[places - 1]
    return int(np.searchsorted(-ranked.scores, -floor, side="right"))


def _limits(snapshot: Snapshot, rows: Rows, limit: int, bought: Rows) -> Iterator[dict[object, int]]:
    """Yields, for each of `rows`, the kinds it belongs to with their caps."""
    groups = snapshot.columns.variant_groups[rows].tolist()
    codes = snapshot.columns.category_codes[rows].tolist()
    cold = _are_cold(snapshot, rows).tolist()
    bought_groups = set(snapshot.columns.variant_groups[bought].tolist())
    places = {
        share: max(1, int(np.ceil(limit * share))) for share in (CATEGORY_SHARE, COLD_SHARE, TWIN_SHARE)
    }
    was_bought = np.isin(rows, bought).tolist()
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
