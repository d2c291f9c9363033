"""Caps the share of a page for one category, text or kind.

Pages that explore reserve places for cold products within these caps.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.arrays import NO_ROWS, Rows
from recommender.entities import Scored
from recommender.kernels.pages import PageCaps
from recommender.snapshot import ServingParameters, Snapshot

CAP_FLOOR = 0.5
"""Caps stop at this share of the score: an item below it does not displace a better one for variety."""

COLD_SHARE = 0.05
"""Share of a page for cold products, whose vectors are borrowed.

It is a cap, and on pages that explore also a minimum. Products that are never shown are never bought, but each cold
product takes a place from one that is known to sell."""

COLD_FLOOR = 0.2
"""Cold items below this share of the displaced item's score are not inserted."""


class CapColumns(NamedTuple):
    """Columns that the caps of a page group products by.

    Attributes:
        texts: see `ProductColumns.variant_groups`.
        categories: see `Snapshot.distinguishing_categories` and `Snapshot.narrow_categories`.
        models: see `ProductColumns.models`.
        warm, indexed: see `Snapshot`. Rows between them are cold.
    """

    texts: NDArray[np.int32]
    categories: NDArray[np.int32]
    models: NDArray[np.int32]
    warm: int
    indexed: int


class KnownRows(NamedTuple):
    """Rows that the caps of a page take into account, beside the candidates.

    Attributes:
        bought: rows of the shopper's history, in any order. No cap applies to them.
        shown: rows that are already on the page.
        earlier: rows of earlier pages. Their texts are not repeated; other caps hold per page.
    """

    bought: Rows = NO_ROWS
    shown: Rows = NO_ROWS
    earlier: Rows = NO_ROWS


class CapRules(NamedTuple):
    """Rules by which the caps of one kind of page differ.

    Attributes:
        explore: replaces the last items by cold products until these have their share of the page, if there are enough
            above `COLD_FLOOR` that the caps allow. The text of a bought product is nothing new, so none of it is added.
        text_share: largest share of the page for one text, unless the snapshot's parameters allow more.
        category_share: largest share of the page for one category, unless the snapshot's parameters allow more.
        complements: true if the page completes a product or a basket. Products of a broad category are then not capped.
    """

    explore: bool = False
    text_share: float = 0.0
    category_share: float = 0.0
    complements: bool = False

    @classmethod
    def of_baskets(cls, parameters: ServingParameters) -> "CapRules":
        """Rules of lists that complete a basket."""
        return cls(
            text_share=parameters.basket_text_share,
            category_share=parameters.basket_category_share,
            complements=True,
        )


USUAL_RULES = CapRules()


def apply_caps(
    snapshot: Snapshot, ranked: Scored, limit: int, known: KnownRows, rules: CapRules = USUAL_RULES
) -> Scored:
    """Fills a page from `ranked`, best first, without exceeding any cap.

    An item over a cap is deferred until no other item of a comparable score is left. Surplus cold items are deferred
    until no other item is left at all. Products with the same text look identical, so a page shows one of them, and at
    most two colors of one model. The caps of texts, models and categories are those of the snapshot's parameters.

    Args:
        snapshot: provides each row's text, category and coldness.
        ranked: candidates, best first.
        limit: the page's length.
        known: rows that were bought or shown before.
        rules: those of this kind of page.
    """
    products = snapshot.columns
    categories = snapshot.narrow_categories if rules.complements else snapshot.distinguishing_categories
    columns = CapColumns(
        products.variant_groups, categories, products.models, snapshot.warm, snapshot.indexed
    )
    caps = _page_caps(columns, snapshot.parameters, limit, known, rules)
    order = caps.fill(ranked.rows, ranked.scores, limit - len(known.shown), CAP_FLOOR)
    if rules.explore:
        order = caps.reserve(ranked.rows, ranked.scores, order, _cold_places(snapshot, limit), COLD_FLOOR)
    return Scored(ranked.rows[order], ranked.scores[order])


def fill_within_caps(
    columns: CapColumns,
    parameters: ServingParameters,
    ranked: Scored,
    limit: int,
    known: KnownRows,
    rules: CapRules = USUAL_RULES,
) -> Rows:
    """The positions in `ranked` that fill a page, best first, see `apply_caps`."""
    caps = _page_caps(columns, parameters, limit, known, rules)
    return caps.fill(ranked.rows, ranked.scores, limit - len(known.shown), CAP_FLOOR)


def _page_caps(
    columns: CapColumns, parameters: ServingParameters, limit: int, known: KnownRows, rules: CapRules
) -> PageCaps:
    text_cap = parameters.text_cap
    if rules.text_share:
        text_cap = max(text_cap, _cap(limit, rules.text_share))
    return PageCaps(
        columns.texts,
        columns.categories,
        columns.models,
        columns.warm,
        columns.indexed,
        bought=np.sort(known.bought),
        shown=known.shown,
        earlier=known.earlier,
        category_cap=_cap(limit, max(rules.category_share, parameters.category_share)),
        cold_cap=_cap(limit, COLD_SHARE),
        twin_cap=_cap(limit, parameters.twin_share),
        text_cap=text_cap,
        model_cap=parameters.model_cap * text_cap,
    )


def _cap(limit: int, share: float) -> int:
    return max(1, math.ceil(limit * share))


def _cold_places(snapshot: Snapshot, limit: int) -> int:
    """Number of places reserved for cold products.

    Their share is the smaller of COLD_SHARE and their share of the catalog, rounded.
    """
    share = min(COLD_SHARE, 1 - snapshot.warm / max(snapshot.indexed, 1))
    return int(limit * share + 0.5)
