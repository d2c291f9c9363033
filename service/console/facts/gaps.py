"""Gaps of products: fields that the snapshot has no value for."""

from collections.abc import Callable, Mapping
from typing import Literal

import msgspec
import numpy as np

from recommender.arrays import Mask, Rows
from recommender.snapshot import Snapshot

Gap = Literal["stock", "text", "category", "price", "picture", "buyers", "second_buyer"]
"""A gap. A product without text has no title of its own, description, category and brand."""


class _Document(msgspec.Struct):
    """Fields of a product that have no column."""

    description: str | None = None
    image_url: str | None = None


_COLUMNS: Mapping[Gap, Callable[[Snapshot], Mask]] = {
    "stock": lambda snapshot: ~snapshot.columns.in_stock,
    "text": lambda snapshot: (
        (snapshot.columns.variant_groups < 0)
        & (snapshot.columns.category_codes < 0)
        & (snapshot.columns.brand_codes < 0)
    ),
    "category": lambda snapshot: snapshot.columns.category_codes < 0,
    "price": lambda snapshot: np.isnan(snapshot.columns.prices),
    "picture": lambda snapshot: np.ones(snapshot.products, dtype=np.bool_),
    "buyers": lambda snapshot: snapshot.columns.buyers == 0,
    "second_buyer": lambda snapshot: snapshot.columns.buyers == 1,
}

_DOCUMENTS: Mapping[Gap, Callable[[_Document], bool]] = {
    "text": lambda document: not document.description,
    "picture": lambda document: not document.image_url,
}


def candidate_rows(snapshot: Snapshot, gap: Gap | None) -> Rows:
    """Rows whose columns suggest the gap, most popular first.

    `has_gap` confirms it by the product's document. None: all rows.
    """
    rows = snapshot.columns.popular_rows
    return rows if gap is None else rows[_COLUMNS[gap](snapshot)[rows]]


def has_gap(document: bytes, gap: Gap | None) -> bool:
    """True if a row of `candidate_rows` has the gap, by its document in JSON."""
    confirms = _DOCUMENTS.get(gap) if gap else None
    return confirms is None or confirms(msgspec.json.decode(document, type=_Document))
