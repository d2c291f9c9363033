"""Filters as vectorised masks over snapshot columns, corrected by the overlay."""

from collections.abc import Callable

import numpy as np

from recommender.entities import Filters, Mask, Rows
from recommender.lookups import contains
from recommender.overlay import Corrections
from recommender.snapshot import Snapshot


class ItemFilter:
    """One request's filter: `allows(rows)` is the only way by which an item gets into an answer."""

    def __init__(self, snapshot: Snapshot, corrections: Corrections, filters: Filters, banned: Rows) -> None:
        """Joins the request's filters with `banned` rows (bought already, or the product itself)."""
        self._columns = snapshot.columns
        self._corrections = corrections
        self._in_stock = filters.in_stock
        excluded = snapshot.lookup.find(sorted(filters.exclude))
        self._banned = np.union1d(banned, excluded[excluded >= 0]).astype(np.int32)
        self._ranges = (
            [snapshot.categories.range(path) for path in filters.categories] if filters.categories else None
        )

    def allows(self, rows: Rows) -> Mask:
        """Which of `rows` may be shown; shape (len(rows),)."""
        nothing = np.zeros(len(rows), dtype=np.bool_)
        mask = ~self._corrections.apply(rows, nothing, self._corrections.deleted)
        mask &= ~contains(self._banned, rows)
        if self._in_stock:
            current = self._corrections.apply(rows, self._columns.in_stock[rows], self._corrections.in_stock)
            mask &= current
        if self._ranges is not None:
            codes = self._columns.category_codes[rows]
            mask &= np.logical_or.reduce([(codes >= low) & (codes < high) for low, high in self._ranges])
        return mask


class NarrowedFilter(ItemFilter):
    """A filter within another one: what that allows, and a mask too."""

    def __init__(self, within: ItemFilter, mask: Callable[[Rows], Mask]) -> None:
        """Takes the wider filter, and what tells the rows that are wanted."""
        self._within = within
        self._mask = mask

    def allows(self, rows: Rows) -> Mask:
        """See `ItemFilter.allows`."""
        return self._within.allows(rows) & self._mask(rows)
