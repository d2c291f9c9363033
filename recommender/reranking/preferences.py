"""Favours the categories and brands that a shopper likes over those that they dislike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.entities import Mask, Preferences, Rows
from recommender.snapshot import Snapshot
from recommender.snapshot.categories import path_key

LEADING_PLACES = 20
"""First places of an answer, the only ones that preferences affect."""

LIKED_FACTOR = 2
"""Factor by which preferences raise the number of liked items, up to all."""

MIN_LIKED_SHARE = 0.2
"""Smallest share of liked items, even if a page without preferences has none."""

DISLIKED_DIVISOR = 2
"""Divisor by which preferences lower the number of disliked items."""

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


def preferred_order(
    affinities: Sequence[int], liked: Sequence[int], neutral: Sequence[int], places: int
) -> tuple[list[int], list[int], list[int]]:
    """Selects the items for the leading places.

    They come from the page and from further liked and neutral items.

    Args:
        affinities: affinity of each item of the page, in its order.
        liked: positions of further liked items, best first.
        neutral: positions of further neutral items, which may replace disliked ones, best first.
        places: number of leading places.

    Returns:
        Positions of the items to show: of the page, of the further liked, of the further neutral ones.
    """
    lead = range(min(places, len(affinities)))
    own = {
        affinity: [place for place in lead if affinities[place] == affinity]
        for affinity in (LIKED, NEUTRAL, DISLIKED)
    }
    wanted = min(places, max(LIKED_FACTOR * len(own[LIKED]), int(np.ceil(MIN_LIKED_SHARE * places))))
    added = list(liked[: max(0, wanted - len(own[LIKED]))])
    disliked_count = min(len(own[DISLIKED]) // DISLIKED_DIVISOR, places - len(own[LIKED]) - len(added))
    free = places - len(own[LIKED]) - len(added) - disliked_count
    kept = own[NEUTRAL][:free]
    others = list(neutral[: free - len(kept)])
    # If nothing else fits, add more liked items, then disliked ones, rather than shorten the page.
    missing = free - len(kept) - len(others)
    more = list(liked[len(added) : len(added) + missing])
    rest = own[DISLIKED][disliked_count : disliked_count + missing - len(more)]
    return sorted([*own[LIKED], *kept, *own[DISLIKED][:disliked_count], *rest]), [*added, *more], others
