"""Filters as vectorised masks over snapshot columns, corrected by the overlay."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.entities import Filters, Mask, Rows
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import contains
from recommender.snapshot.overlay import Corrections

_Column = Callable[[Rows], Mask]


class ItemFilter:
    """One request's filter: `allows(rows)` is the only way by which an item gets into an answer."""

    def __init__(self, snapshot: Snapshot, corrections: Corrections, filters: Filters, banned: Rows) -> None:
        """Joins the request's filters with `banned` rows (bought already, or the product itself)."""
        self._corrections = corrections
        excluded = snapshot.lookup.find(sorted(filters.exclude))
        self._banned = np.union1d(banned, excluded[excluded >= 0]).astype(np.int32)
        self._columns = list(_columns(snapshot, corrections, filters))

    def allows(self, rows: Rows) -> Mask:
        """Which of `rows` may be shown; shape (len(rows),).

        Each test looks only at what the tests before it let pass: narrow filters go over whole catalogues.
        """
        kept = np.arange(len(rows))
        for column, changed in self._columns:
            asked = rows[kept]
            kept = kept[self._corrections.apply(asked, column(asked), changed)]
        nothing = np.zeros(len(kept), dtype=np.bool_)
        kept = kept[~self._corrections.apply(rows[kept], nothing, self._corrections.deleted)]
        kept = kept[~contains(self._banned, rows[kept])]
        mask = np.zeros(len(rows), dtype=np.bool_)
        mask[kept] = True
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


def outside(snapshot: Snapshot, corrections: Corrections, filters: Filters, rows: Rows) -> Mask:
    """Which of `rows` do not fulfil the filters; exclusions aside; shape (len(rows),)."""
    mask = np.zeros(len(rows), dtype=np.bool_)
    for column, changed in _columns(snapshot, corrections, filters):
        mask |= ~corrections.apply(rows, column(rows), changed)
    return mask


def _columns(snapshot: Snapshot, corrections: Corrections, filters: Filters) -> list[tuple[_Column, Mask]]:
    """For each filter that is set: what tells of rows by the snapshot, and the answer for changed products."""
    columns, found = snapshot.columns, list[tuple[_Column, Mask]]()
    if filters.categories:
        ranges = [snapshot.categories.range(path) for path in filters.categories]
        newer = [corrections.categories.range(path) for path in filters.categories]
        found.append(
            (
                lambda rows: _within(columns.category_codes[rows], ranges),
                _within(corrections.category_codes, newer),
            )
        )
    if filters.brands:
        codes = _codes(map(snapshot.brands.code, filters.brands))
        newer_codes = _codes(map(corrections.brands.code, filters.brands))
        found.append(
            (
                lambda rows: contains(codes, columns.brand_codes[rows]),
                contains(newer_codes, corrections.brand_codes),
            )
        )
    if filters.price_min is not None or filters.price_max is not None:
        low = 0.0 if filters.price_min is None else filters.price_min
        high = np.inf if filters.price_max is None else filters.price_max
        found.append(
            (lambda rows: _between(columns.prices[rows], low, high), _between(corrections.prices, low, high))
        )
    if filters.in_stock:
        found.append((lambda rows: columns.in_stock[rows], corrections.in_stock))
    return found


def _within(codes: NDArray[np.int32], ranges: Sequence[tuple[int, int]]) -> Mask:
    inside: Mask = np.logical_or.reduce([(codes >= low) & (codes < high) for low, high in ranges])
    return inside


def _codes(codes: Iterable[int]) -> Rows:
    """The codes that exist, ascending."""
    return np.array(sorted({code for code in codes if code >= 0}), dtype=np.int32)


def _between(prices: NDArray[np.float64], low: float, high: float) -> Mask:
    """NaN, which is no price, lies nowhere."""
    return (prices >= low) & (prices <= high)
