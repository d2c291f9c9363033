"""Lookups of product ids and of rows."""

from collections.abc import Iterable, Sequence

import numpy as np

from recommender import kernels
from recommender.arrays import NO_ROWS, FloatVector, Mask, Rows
from recommender.product_ids import IdLookup


class ResolvedIds:
    """Rows of the product ids of one request.

    Each id is looked up once.
    """

    def __init__(self, lookup: IdLookup) -> None:
        """Resolves ids with `lookup`."""
        self._lookup = lookup
        self._rows: dict[str, int] = {}
        self._packed: dict[IdLookup, Rows] = {}

    def find(self, product_ids: Sequence[str]) -> Rows:
        """The row of each id, −1 if it is unknown.

        Shape (len(product_ids),).
        """
        new = [product_id for product_id in dict.fromkeys(product_ids) if product_id not in self._rows]
        if new:
            self._rows.update(zip(new, self._lookup.find(new).tolist(), strict=True))
        return np.fromiter(map(self._rows.__getitem__, product_ids), np.int32, len(product_ids))

    def find_all(self, packed: IdLookup) -> Rows:
        """The row of each id of `packed`, −1 if it is unknown.

        In the order of the rows of `packed`; shape (len(packed.ids),).
        """
        if packed not in self._packed:
            self._packed[packed] = self._lookup.find_all(packed)
        return self._packed[packed]

    def known(self, product_ids: Iterable[str]) -> Rows:
        """Rows of the known ids, ascending, each once."""
        listed = list(product_ids)
        if not listed:
            return NO_ROWS
        rows = self.find(listed)
        return np.unique(rows[rows >= 0])


def contains(ascending: Rows, rows: Rows) -> Mask:
    """Marks the members of `ascending` among `rows`. Shape (len(rows),)."""
    return kernels.pages.contains(ascending, rows)


def values_at(ascending: Rows, values: FloatVector, rows: Rows) -> FloatVector:
    """The value of each of `rows`, 0 for rows not in `ascending`.

    Shape (len(rows),).
    """
    if not len(ascending):
        return np.zeros(len(rows), dtype=np.float32)
    places = np.minimum(np.searchsorted(ascending, rows), len(ascending) - 1)
    found: FloatVector = np.where(ascending[places] == rows, values[places], np.float32(0))
    return found
