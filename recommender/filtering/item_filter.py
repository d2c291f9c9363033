"""Decides which rows may be shown, by snapshot columns that the overlay corrects."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recommender import kernels
from recommender.arrays import NO_ROWS, Mask, Rows
from recommender.entities import Filters
from recommender.snapshot import Snapshot
from recommender.snapshot.categories import CategoryTree
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.lookups import contains

RowMask = Callable[[Rows], Mask]

_BLOCK = 8192
"""Rows that are tested at a time."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter that is set.

    Attributes:
        by_snapshot: tests rows by the snapshot's columns.
        by_overlay: the result for each changed product, in the order of the corrections.
        select: gives the rows that pass by the snapshot without testing each. None: there is no such way.
    """

    by_snapshot: RowMask
    by_overlay: Mask
    select: Callable[[], Rows] | None = None


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """The filter of one page.

    Attributes:
        corrections: changes that are newer than the snapshot.
        banned: rows that are not accepted, as ascending parts: excluded, or on earlier pages.
        conditions: the query's filters.
        masks: further masks that rows must pass.
        never_candidates: further rows that are not accepted, as ascending parts: hidden, or bought before. The
            shopper's own candidates never hold them, so `allows_candidates` does not look for them.
    """

    corrections: Corrections
    banned: tuple[Rows, ...]
    conditions: tuple[Condition, ...] = ()
    masks: tuple[RowMask, ...] = ()
    never_candidates: tuple[Rows, ...] = ()

    @classmethod
    def of(
        cls,
        snapshot: Snapshot,
        corrections: Corrections,
        filters: Filters,
        banned: Iterable[Rows],
        never_candidates: Iterable[Rows] = (),
    ) -> "ItemFilter":
        """Joins the conditions of `filters` with `banned` and `never_candidates`, in ascending parts.

        `filters.exclude` is not read: its rows belong to `banned`.
        """
        return cls(
            corrections,
            tuple(part for part in banned if len(part)),
            _conditions(snapshot, corrections, filters),
            never_candidates=tuple(part for part in never_candidates if len(part)),
        )

    def allows(self, rows: Rows) -> Mask:
        """Marks the rows that may be shown. Shape (len(rows),)."""
        return self._marks(rows, (*self.never_candidates, *self.banned))

    def allows_candidates(self, rows: Rows) -> Mask:
        """Marks those of the shopper's own candidates that may be shown.

        They are tested as by `allows`, but hold none of `never_candidates`.
        """
        if not (self.conditions or self.banned or self.masks or len(self.corrections.rows)):
            return np.ones(len(rows), dtype=np.bool_)
        return self._marks(rows, self.banned)

    def accepted(self, end: int) -> Rows:
        """The rows below `end` that may be shown, ascending."""
        select = next((each.select for each in self.conditions if each.select), None)
        if select is not None:
            # An overlay may move products into a category.
            rows = np.concatenate([select(), self.corrections.rows])
            rows = kernels.sorting.union(rows[rows < end], end)
            return rows[self.allows(rows)]
        blocks = [
            np.arange(start, min(start + _BLOCK, end), dtype=np.int32) for start in range(0, end, _BLOCK)
        ]
        return np.concatenate([NO_ROWS, *(rows[self.allows(rows)] for rows in blocks)])

    def _marks(self, rows: Rows, banned: Iterable[Rows]) -> Mask:
        """Marks the rows that fulfill everything but bans, and that are not in `banned`.

        Each test reads only the rows that passed the tests before it, because a narrow filter scans whole catalogs.
        """
        kept = np.arange(len(rows))
        for condition in self.conditions:
            tested = rows[kept]
            passed = condition.by_snapshot(tested)
            kept = kept[self.corrections.apply(tested, passed, condition.by_overlay)]
        if len(self.corrections.rows):
            present = np.zeros(len(kept), dtype=np.bool_)
            kept = kept[~self.corrections.apply(rows[kept], present, self.corrections.deleted)]
        for part in banned:
            kept = kept[~contains(part, rows[kept])]
        for mask in self.masks:
            kept = kept[mask(rows[kept])]
        allowed = np.zeros(len(rows), dtype=np.bool_)
        allowed[kept] = True
        return allowed

    def fails_conditions(self, rows: Rows) -> Mask:
        """Marks the rows that do not fulfill the query's filters. Ignores bans. Shape (len(rows),)."""
        failed = np.zeros(len(rows), dtype=np.bool_)
        for condition in self.conditions:
            failed |= ~self.corrections.apply(rows, condition.by_snapshot(rows), condition.by_overlay)
        return failed

    def without(self, rows: Rows) -> "ItemFilter":
        """This filter with `rows` banned too."""
        return replace(self, banned=(*self.banned, np.sort(rows))) if len(rows) else self

    def without_conditions(self) -> "ItemFilter":
        """This filter without the query's conditions. Bans and deletions still hold."""
        return replace(self, conditions=())

    def narrowed(self, mask: RowMask) -> "ItemFilter":
        """This filter with `mask` as a further condition."""
        return replace(self, masks=(*self.masks, mask))


def _conditions(snapshot: Snapshot, corrections: Corrections, filters: Filters) -> tuple[Condition, ...]:
    """One condition per filter that is set."""
    columns, found = snapshot.columns, list[Condition]()
    if filters.categories:
        wanted = _wanted_codes(snapshot.categories, filters.categories)
        newer = _wanted_codes(corrections.categories, filters.categories)
        found.append(
            Condition(
                lambda rows: wanted[columns.category_codes[rows]],
                newer[corrections.category_codes],
                lambda: _rows_in(snapshot, filters.categories),
            )
        )
    if filters.brands:
        codes = _known_codes(map(snapshot.brands.code, filters.brands))
        newer_codes = _known_codes(map(corrections.brands.code, filters.brands))
        found.append(
            Condition(
                lambda rows: contains(codes, columns.brand_codes[rows]),
                contains(newer_codes, corrections.brand_codes),
            )
        )
    if (bounds := filters.prices) is not None:
        found.append(
            Condition(
                lambda rows: _in_bounds(columns.prices[rows], *bounds),
                _in_bounds(corrections.prices, *bounds),
            )
        )
    if filters.in_stock:
        found.append(Condition(lambda rows: columns.in_stock[rows], corrections.in_stock))
    return tuple(found)


def _wanted_codes(tree: CategoryTree, paths: Iterable[str]) -> Mask:
    """Marks the codes of `paths` and their subcategories.

    Shape (codes + 1,). The last entry is for products without a category, whose code is −1. A table is as fast for
    many paths as for one.
    """
    wanted = np.zeros(len(tree.paths) + 1, dtype=np.bool_)
    for path in paths:
        low, high = tree.range(path)
        wanted[low:high] = True
    return wanted


def _rows_in(snapshot: Snapshot, paths: Iterable[str]) -> Rows:
    """Rows whose category is in one of `paths`, in any order. They may repeat."""
    order, starts = snapshot.rows_by_category
    ranges = [snapshot.categories.range(path) for path in paths]
    return np.concatenate([NO_ROWS, *(order[starts[low] : starts[high]] for low, high in ranges)])


def _known_codes(codes: Iterable[int]) -> Rows:
    """The codes that exist, ascending."""
    return np.array(sorted({code for code in codes if code >= 0}), dtype=np.int32)


def _in_bounds(prices: NDArray[np.float64], low: float, high: float) -> Mask:
    """True for prices within both bounds. NaN, a missing price, is in no range."""
    return (prices >= low) & (prices <= high)
