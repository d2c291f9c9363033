"""Reserves places of a page for cold products."""

import numpy as np

from recommender.entities import Mask, Rows, Scored
from recommender.snapshot import Snapshot

COLD_SHARE = 0.05
"""Share of a page for cold products, whose vectors are borrowed.

It is a cap, and on pages that explore also a minimum. Products that are never shown are never bought, but each cold
product takes a place from one that is known to sell."""

COLD_FLOOR = 0.2
"""Cold items below this share of the displaced item's score are not inserted."""


def are_cold(snapshot: Snapshot, rows: Rows) -> Mask:
    """Marks cold products that have a vector. Shape (len(rows),)."""
    cold: Mask = (rows >= snapshot.warm) & (rows < snapshot.indexed)
    return cold


def reserve_cold_places(snapshot: Snapshot, ranked: Scored, order: list[int], limit: int) -> list[int]:
    """Replaces the last items of a page by cold ones.

    Afterwards the page holds their share of places, if there are enough above `COLD_FLOOR`.

    Args:
        snapshot: marks cold products.
        ranked: candidates, best first.
        order: positions in `ranked` that the page shows.
        limit: the page's length.
    """
    rows, places = ranked.rows, _cold_places(snapshot, limit)
    if not order or places < 1:
        return order
    cold = are_cold(snapshot, rows)
    cold &= ranked.scores >= COLD_FLOOR * ranked.scores[order[-1]]
    is_cold = cold[order].tolist()
    missing = min(places, len(order)) - sum(is_cold)
    if missing <= 0:
        return order
    groups = snapshot.columns.variant_groups
    shown = set(groups[rows[order]].tolist())
    added: list[int] = []
    cold[order] = False
    for position in np.flatnonzero(cold).tolist():
        group = int(groups[rows[position]])
        if group < 0 or group not in shown:
            added.append(position)
            shown.add(group)
        if len(added) >= missing:
            break
    others = [position for position, is_one in zip(order, is_cold, strict=True) if not is_one]
    dropped = set(others[len(others) - len(added) :])
    return [*(position for position in order if position not in dropped), *added]


def _cold_places(snapshot: Snapshot, limit: int) -> int:
    """Number of places reserved for cold products.

    Their share is the smaller of COLD_SHARE and their share of the catalog, rounded.
    """
    share = min(COLD_SHARE, 1 - snapshot.warm / max(snapshot.indexed, 1))
    return int(limit * share + 0.5)
