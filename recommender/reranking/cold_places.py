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
    worthy = ranked.scores >= COLD_FLOOR * ranked.scores[order[-1]]
    cold = np.flatnonzero(are_cold(snapshot, rows) & worthy).tolist()
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

    Their share is the smaller of COLD_SHARE and their share of the catalog, rounded.
    """
    share = min(COLD_SHARE, 1 - snapshot.warm / max(snapshot.indexed, 1))
    return int(limit * share + 0.5)
