"""Affinity of a shopper to products, from the preferences that they stated."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.arrays import Mask, Rows
from recommender.entities import Preferences
from recommender.snapshot import Snapshot
from recommender.snapshot.categories import path_key

LIKED, NEUTRAL, DISLIKED = 1, 0, -1
AffinityCodes = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Affinities:
    """A shopper's affinity to every product: 1 liked, 0 neutral, −1 disliked.

    Attributes:
        snapshot: provides each row's category, brand and price.
        categories, brands: affinity to each code, the last entry for products without one; shape (codes + 1,).
        price_min, price_max: the shopper's price range.
    """

    snapshot: Snapshot
    categories: AffinityCodes
    brands: AffinityCodes
    price_min: float
    price_max: float

    @classmethod
    def from_preferences(cls, snapshot: Snapshot, preferences: Preferences) -> "Affinities":
        """The affinities of `preferences`.

        A category includes its subcategories. The narrower category takes precedence.
        """
        return cls(
            snapshot,
            _category_affinities(snapshot, preferences),
            _brand_affinities(snapshot, preferences),
            0.0 if preferences.price_min is None else preferences.price_min,
            np.inf if preferences.price_max is None else preferences.price_max,
        )

    def is_empty(self) -> bool:
        """True if every product is neutral."""
        stated = bool(self.categories.any() or self.brands.any())
        return not stated and self.price_min <= 0 and self.price_max == np.inf

    def has_likes(self) -> bool:
        """True if any category or brand is liked."""
        return bool((self.categories > 0).any() or (self.brands > 0).any())

    def of(self, rows: Rows) -> AffinityCodes:
        """The affinity to each of `rows`.

        One dislike outweighs likes. A price out of range counts as a dislike.
        """
        columns = self.snapshot.columns
        parts = np.stack(
            [self.categories[columns.category_codes[rows]], self.brands[columns.brand_codes[rows]]]
        )
        # A missing price is neutral: NaN fails both comparisons.
        mispriced = (columns.prices[rows] < self.price_min) | (columns.prices[rows] > self.price_max)
        disliked = (parts < 0).any(axis=0) | mispriced
        found: AffinityCodes = np.where(disliked, DISLIKED, parts.max(axis=0)).astype(np.int8)
        return found

    def mask(self, affinity: int) -> Callable[[Rows], Mask]:
        """A mask of the rows with this affinity."""

        def mask(rows: Rows) -> Mask:
            found: Mask = self.of(rows) == affinity
            return found

        return mask


def _category_affinities(snapshot: Snapshot, preferences: Preferences) -> AffinityCodes:
    affinities = np.zeros(len(snapshot.categories.paths) + 1, dtype=np.int8)
    stated = [(path, LIKED) for path in preferences.liked_categories]
    stated += [(path, DISLIKED) for path in preferences.disliked_categories]
    for path, affinity in sorted(stated, key=lambda one: len(path_key(one[0]))):
        low, high = snapshot.categories.range(path)
        affinities[low:high] = affinity
    return affinities


def _brand_affinities(snapshot: Snapshot, preferences: Preferences) -> AffinityCodes:
    affinities = np.zeros(len(snapshot.brands.names) + 1, dtype=np.int8)
    for names, affinity in ((preferences.liked_brands, LIKED), (preferences.disliked_brands, DISLIKED)):
        for code in map(snapshot.brands.code, names):
            if code >= 0:
                affinities[code] = affinity
    return affinities
