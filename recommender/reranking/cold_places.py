"""Reserves places of a page for cold products."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.entities import Mask, Rows, Scored
from recommender.kernels import pages as kernels
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


class PageCaps(NamedTuple):
    """Caps of one page, see `apply_caps`.

    Attributes:
        texts, categories: maximum number of items of one text and of one category.
        bought: rows of the shopper's history, ascending.
        bought_texts: their texts, ascending.
        shown: rows that are already on the page.
        earlier_texts: texts of earlier pages.
    """

    texts: int
    categories: int
    bought: Rows
    bought_texts: NDArray[np.int32]
    shown: Rows
    earlier_texts: NDArray[np.int32]


def reserve_cold_places(
    snapshot: Snapshot, ranked: Scored, order: list[int], limit: int, caps: PageCaps
) -> list[int]:
    """Replaces the last items of a page by cold ones.

    Afterwards the page holds their share of places, if there are enough above `COLD_FLOOR` that the caps allow. The
    text of a bought product is nothing new, so none of it is added.

    Args:
        snapshot: marks cold products.
        ranked: candidates, best first.
        order: positions in `ranked` that the page shows.
        limit: the page's length.
        caps: caps of the page.
    """
    places = _cold_places(snapshot, limit)
    if not order or places < 1:
        return order
    page = np.array(order, dtype=np.int32)
    cold = are_cold(snapshot, ranked.rows)
    cold &= ranked.scores >= COLD_FLOOR * ranked.scores[order[-1]]
    is_cold = cold[page]
    missing = min(places, len(order)) - int(np.count_nonzero(is_cold))
    if missing <= 0:
        return order
    cold[page] = False
    replaceable = page[~is_cold]
    columns = snapshot.columns
    added: list[int] = kernels.cold_places(
        ranked.rows,
        page,
        replaceable,
        np.flatnonzero(cold).astype(np.int32),
        missing,
        columns.variant_groups,
        columns.category_codes,
        caps.bought,
        caps.bought_texts,
        caps.shown,
        caps.earlier_texts,
        caps.categories,
        caps.texts,
    ).tolist()
    replaced = set(replaceable[len(replaceable) - len(added) :].tolist())
    return [position for position in order if position not in replaced] + added


def _cold_places(snapshot: Snapshot, limit: int) -> int:
    """Number of places reserved for cold products.

    Their share is the smaller of COLD_SHARE and their share of the catalog, rounded.
    """
    share = min(COLD_SHARE, 1 - snapshot.warm / max(snapshot.indexed, 1))
    return int(limit * share + 0.5)
