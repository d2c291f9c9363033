"""Category paths such as `Pantry > Pasta` as a sorted list.

A category and its subcategories are one range of the list.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from recommender.normalization import normalize
from recommender.snapshot.close_names import MAX_MATCHES, close_names, neighbourhood

SEPARATOR = ">"
MAX_CATEGORY_SHARE = 0.9
"""Largest share of the categorized products in one leaf category. A larger one does not tell products apart."""

MAX_NARROW_SHARE = 0.25
MAX_NARROW_SIZE = 50
"""Share of the categorized products, and number of products, up to either of which a category is narrow."""

_MAX_SCANNED = 20_000
_PathKey = tuple[str, ...]


def path_key(path: str) -> _PathKey:
    """Comparison key of a category path: its parts.

    Ignores case, Unicode form, and spaces around the separator.
    """
    return _folded(normalize(path))


def is_within(path: str, category: str) -> bool:
    """True if `path` is the category or one below it."""
    key = path_key(category)
    return bool(key) and path_key(path)[: len(key)] == key


def path_parts(path: str) -> list[str]:
    """The names in a category path, the broadest category first.

    >>> path_parts("Pantry >Pasta > ")
    ['Pantry', 'Pasta']
    """
    return [part.strip() for part in path.split(SEPARATOR) if part.strip()]


def _folded(path: str) -> _PathKey:
    return tuple(part.casefold() for part in path_parts(path))


def distinguishing_categories(categories: NDArray[np.int32]) -> NDArray[np.int32]:
    """Removes a category that holds more than `MAX_CATEGORY_SHARE` of the categorized products.

    If all products of a shop are "Office Products", the category tells none apart. Argument and result are codes, −1
    without a category, shape (products,).
    """
    known = categories[categories >= 0]
    if not len(known):
        return categories
    sizes = np.bincount(known)
    largest = int(sizes.argmax())
    if sizes[largest] <= MAX_CATEGORY_SHARE * len(known):
        return categories
    others: NDArray[np.int32] = np.where(categories == largest, np.int32(-1), categories)
    return others


def narrow_categories(categories: NDArray[np.int32]) -> NDArray[np.int32]:
    """Removes broad categories, whose products also complete each other.

    Lists that complete a product or a basket cap its own category, because another pasta does not complete pasta. A
    category such as "Gifts" is too broad for that: one gift completes another. Broad are categories with more than
    `MAX_NARROW_SIZE` products that are also more than `MAX_NARROW_SHARE` of all. Argument and result are as in
    `distinguishing_categories`.
    """
    known = categories[categories >= 0]
    if not len(known):
        return categories
    sizes = np.bincount(known)
    broad = np.append(sizes > max(MAX_NARROW_SIZE, MAX_NARROW_SHARE * len(known)), False)
    narrow: NDArray[np.int32] = np.where(broad[categories], np.int32(-1), categories)
    return narrow if broad.any() else distinguishing_categories(categories)


class CategoryTree:
    """All categories of a snapshot, sorted by path.

    A category's code is its position.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        """Takes `paths` in the order that `sorted_paths` gives."""
        self.paths = tuple(paths)
        self._key, self._keys = path_key, [path_key(path) for path in paths]
        if any(right <= left for left, right in pairwise(self._keys)):
            # A snapshot of an earlier release is sorted by paths in the form in which they were written.
            self._key, self._keys = _folded, [_folded(path) for path in paths]

    @staticmethod
    def sorted_paths(paths: Iterable[str]) -> list[str]:
        """Distinct categories in tree order.

        Spellings that differ in case or spacing are one category.
        """
        distinct: dict[_PathKey, str] = {}
        for path in paths:
            key = path_key(path)
            if key:
                distinct.setdefault(key, path)
        return [distinct[key] for key in sorted(distinct)]

    def code(self, path: str | None) -> int:
        """The code of exactly this category, or −1."""
        key = self._key(path or "")
        position = bisect_left(self._keys, key)
        return position if key and position < len(self._keys) and self._keys[position] == key else -1

    def range(self, path: str) -> tuple[int, int]:
        """First code and last code + 1 of the category and its subcategories.

        Both are equal if the category is unknown.
        """
        key = self._key(path)
        if not key:
            return (0, 0)
        start = bisect_left(self._keys, key)
        return (start, bisect_right(self._keys, key, lo=start, key=lambda other: other[: len(key)]))

    def nearest_range(self, path: str) -> tuple[int, int]:
        """The range of `path`, or of the nearest category above it that is known."""
        parts = path.split(SEPARATOR)
        ranges = (self.range(SEPARATOR.join(parts[:count])) for count in range(len(parts), 0, -1))
        return next((found for found in ranges if found[0] < found[1]), (0, 0))

    def close(self, path: str) -> tuple[str, ...]:
        """Categories that a caller may mean by the unknown `path`.

        Those that end with it come first, then those that resemble it. A category above others may
        have no product of its own.
        """
        key = path_key(path)
        if not key:
            return ()
        scanned = zip(self.paths[:_MAX_SCANNED], self._keys, strict=False)
        ending = (known for known, own in scanned if own[-len(key) :] == key)
        near = self.paths[neighbourhood(bisect_left(self._keys, key))]
        above = [f" {SEPARATOR} ".join(path_parts(each)[: len(key)]) for each in near]
        resembling = close_names(path, [*above, *near])
        return tuple(dict.fromkeys([*islice(ending, MAX_MATCHES), *resembling]))[:MAX_MATCHES]
