"""Brands as a sorted list. A brand's code is its position."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

from recommender.normalization import normalize
from recommender.snapshot.close_names import close_names, neighbourhood


def brand_key(name: str) -> str:
    """Comparison key of a brand's name. Ignores case, Unicode form and outer spaces."""
    return _folded(normalize(name))


def _folded(name: str) -> str:
    return name.strip().casefold()


class BrandList:
    """Every brand of a snapshot, sorted by name."""

    def __init__(self, names: Sequence[str]) -> None:
        """Takes `names` in the order that `sorted_names` gives."""
        self.names = tuple(names)
        self._key, self._keys = brand_key, [brand_key(name) for name in names]
        if any(right <= left for left, right in pairwise(self._keys)):
            # A snapshot of an earlier release is sorted by names in the form in which they were written.
            self._key, self._keys = _folded, [_folded(name) for name in names]

    @staticmethod
    def sorted_names(names: Iterable[str]) -> list[str]:
        """Distinct brands in order.

        Spellings that differ in case or outer spaces are one brand.
        """
        distinct: dict[str, str] = {}
        for name in names:
            key = brand_key(name)
            if key:
                distinct.setdefault(key, name)
        return [distinct[key] for key in sorted(distinct)]

    def code(self, name: str | None) -> int:
        """The code of this brand, or −1."""
        key = self._key(name or "")
        position = bisect_left(self._keys, key)
        return position if key and position < len(self._keys) and self._keys[position] == key else -1

    def close(self, name: str) -> tuple[str, ...]:
        """Brands whose names resemble the unknown `name`, closest first."""
        return tuple(close_names(name, self.names[neighbourhood(bisect_left(self._keys, brand_key(name)))]))
