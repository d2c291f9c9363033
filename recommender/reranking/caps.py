"""Caps the share of a page for one category, text or kind."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.entities import NO_ROWS, Rows, Scored
from recommender.kernels import pages as kernels
from recommender.reranking.cold_places import COLD_SHARE, PageCaps, reserve_cold_places
from recommender.snapshot import ServingParameters, Snapshot

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
    until no other item is left at all. Products with the same text look identical, so a page shows one of them. The
    caps of texts and categories are those of the snapshot's parameters.

    Args:
        snapshot: provides each row's text, category and coldness.
        ranked: candidates, best first.
        limit: the page's length.
        bought: rows of the shopper's history. No cap applies to them.
        shown: rows that are already on the page.
        earlier: rows of earlier pages. Their texts are not repeated; other caps hold per page.
        explore: reserves the last places for cold products if the page has too few of them. They are within the caps,
            and none has the text of a bought product.
    """
    products = snapshot.columns
    columns = CapColumns(products.variant_groups, products.category_codes, snapshot.warm, snapshot.indexed)
    order = fill_within_caps(
        columns, snapshot.parameters, ranked, limit, bought=bought, shown=shown, earlier=earlier
    )
    if explore:
        parameters = snapshot.parameters
        category_cap = _cap(limit, parameters.category_share)
        own = np.sort(bought)
        own_texts = np.sort(columns.texts[own])
        earlier_texts = columns.texts[earlier]
        caps = PageCaps(parameters.text_cap, category_cap, own, own_texts, shown, earlier_texts)
        order = reserve_cold_places(snapshot, ranked, order, limit, caps)
    return Scored(ranked.rows[order], ranked.scores[order])


class CapColumns(NamedTuple):
    """Columns that the caps of a page group products by.

    Attributes:
        texts: see `ProductColumns.variant_groups`.
        categories: see `ProductColumns.category_codes`.
        warm, indexed: see `Snapshot`. Rows between them are cold.
    """

    texts: NDArray[np.int32]
    categories: NDArray[np.int32]
    warm: int
    indexed: int


def fill_within_caps(
    columns: CapColumns,
    parameters: ServingParameters,
    ranked: Scored,
    limit: int,
    *,
    bought: Rows,
    shown: Rows = NO_ROWS,
    earlier: Rows = NO_ROWS,
) -> list[int]:
    """The positions in `ranked` that fill a page, best first, see `apply_caps`."""
    places = limit - len(shown)
    pool = _comparable(ranked, places)
    own = np.sort(bought)
    page, deferred, surplus = kernels.fill_page(
        ranked.rows[:pool],
        places,
        columns.texts,
        columns.categories,
        columns.warm,
        columns.indexed,
        own,
        np.sort(columns.texts[own]),
        shown,
        columns.texts[earlier],
        _cap(limit, parameters.category_share),
        _cap(limit, COLD_SHARE),
        _cap(limit, parameters.twin_share),
        parameters.text_cap,
    )
    order = [*page.tolist(), *deferred.tolist()]
    if len(order) < places:
        rest = ranked.rows[pool:]
        cold = (rest >= columns.warm) & (rest < columns.indexed)
        order += (pool + np.flatnonzero(~cold)).tolist()
        order += surplus.tolist()
        order += (pool + np.flatnonzero(cold)).tolist()
    return order[:places]


def _cap(limit: int, share: float) -> int:
    return max(1, math.ceil(limit * share))


def _comparable(ranked: Scored, places: int) -> int:
    """Number of candidates, from the best, above `CAP_FLOOR`."""
    if len(ranked.scores) <= places:
        return len(ranked.scores)
    floor = CAP_FLOOR * ranked.scores[places - 1]
    return int(np.searchsorted(-ranked.scores, -floor, side="right"))
