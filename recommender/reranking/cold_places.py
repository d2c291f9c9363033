"""Reserves places of a page for cold products."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class PageCaps:
    """Caps of one page, see `apply_caps`.

    Attributes:
        texts, categories: maximum number of items of one text and of one category.
        bought: rows of the shopper's history.
        shown: rows that are already on the page.
        earlier: rows of earlier pages.
    """

    texts: int
    categories: int
    bought: Rows
    shown: Rows
    earlier: Rows

    def fits(self, snapshot: Snapshot, row: int, page: Rows) -> bool:
        """True if the page can take the product in `row` as something new.

        `page` are its other rows. The text of a bought product is nothing new.
        """
        texts, categories = snapshot.columns.variant_groups, snapshot.columns.category_codes
        text, category = texts[row], categories[row]
        others = np.concatenate([self.shown, page])
        others = others[~np.isin(others, self.bought)]
        if text >= 0:
            used = int((texts[others] == text).sum() + (texts[self.earlier] == text).sum())
            if used >= self.texts or bool((texts[self.bought] == text).any()):
                return False
        return category < 0 or int((categories[others] == category).sum()) < self.categories


def reserve_cold_places(
    snapshot: Snapshot, ranked: Scored, order: list[int], limit: int, caps: PageCaps
) -> list[int]:
    """Replaces the last items of a page by cold ones.

    Afterwards the page holds their share of places, if there are enough above `COLD_FLOOR` that the caps allow.

    Args:
        snapshot: marks cold products.
        ranked: candidates, best first.
        order: positions in `ranked` that the page shows.
        limit: the page's length.
        caps: caps of the page.
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
    kept = list(order)
    added: list[int] = []
    replaced = [position for position, is_one in zip(order, is_cold, strict=True) if not is_one]
    cold[order] = False
    for position in np.flatnonzero(cold).tolist():
        others = [each for each in kept if each != replaced[-1]]
        if caps.fits(snapshot, int(rows[position]), rows[others + added]):
            kept = others
            added.append(position)
            replaced.pop()
        if len(added) >= missing:
            break
    return kept + added


def _cold_places(snapshot: Snapshot, limit: int) -> int:
    """Number of places reserved for cold products.

    Their share is the smaller of COLD_SHARE and their share of the catalog, rounded.
    """
    share = min(COLD_SHARE, 1 - snapshot.warm / max(snapshot.indexed, 1))
    return int(limit * share + 0.5)
