"""A page that leans towards the categories and brands that a shopper likes, and away from what they dislike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.entities import Mask, Preferences, Rows
from recommender.snapshot import Snapshot
from recommender.snapshot.categories import path_key

LEADING_PLACES = 20
"""Preferences hold among the first places of an answer: what comes after them keeps its order."""

LIKED_FACTOR = 2
"""Liked categories get at least this many times the places that they would have had, up to all."""

LIKED_FLOOR = 0.2
"""They get at least this share, even where they would have had no place at all."""

DISLIKED_DIVISOR = 2
"""Disliked categories get at most the places that they would have had, divided by this."""

StanceCodes = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Stances:
    """What a shopper thinks of every product: 1 liked, −1 disliked, 0 neither.

    Attributes:
        snapshot: gives each row's category, brand and price.
        categories, brands: the stance towards each code, the last entry towards having none; shape (codes + 1,).
        price_min, price_max: what the shopper likes to pay.
    """

    snapshot: Snapshot
    categories: StanceCodes
    brands: StanceCodes
    price_min: float
    price_max: float

    @classmethod
    def of(cls, snapshot: Snapshot, preferences: Preferences) -> "Stances":
        """Those of `preferences`; a category stands for all below it, what is said of the narrower one counts."""
        return cls(
            snapshot,
            _category_stances(snapshot, preferences),
            _brand_stances(snapshot, preferences),
            0.0 if preferences.price_min is None else preferences.price_min,
            np.inf if preferences.price_max is None else preferences.price_max,
        )

    def say_anything(self) -> bool:
        """Whether any product could be liked or disliked."""
        said = bool(self.categories.any() or self.brands.any())
        return said or self.price_min > 0 or self.price_max < np.inf

    def like_anything(self) -> bool:
        """Whether any category or brand is liked."""
        return bool((self.categories > 0).any() or (self.brands > 0).any())

    def towards(self, rows: Rows) -> StanceCodes:
        """The stance towards each of `rows`: one dislike outweighs likes, a price out of range is disliked too."""
        columns = self.snapshot.columns
        parts = np.stack(
            [self.categories[columns.category_codes[rows]], self.brands[columns.brand_codes[rows]]]
        )
        # No price is no reason: NaN compares as neither.
        dear = (columns.prices[rows] < self.price_min) | (columns.prices[rows] > self.price_max)
        disliked = (parts < 0).any(axis=0) | dear
        found: StanceCodes = np.where(disliked, -1, parts.max(axis=0)).astype(np.int8)
        return found

    def mask(self, wanted: int) -> Callable[[Rows], Mask]:
        """Tells which rows have the stance `wanted`."""

        def mask(rows: Rows) -> Mask:
            found: Mask = self.towards(rows) == wanted
            return found

        return mask


def _category_stances(snapshot: Snapshot, preferences: Preferences) -> StanceCodes:
    stances = np.zeros(len(snapshot.categories.paths) + 1, dtype=np.int8)
    said = [(path, 1) for path in preferences.liked_categories]
    said += [(path, -1) for path in preferences.disliked_categories]
    for path, stance in sorted(said, key=lambda one: len(path_key(one[0]))):
        low, high = snapshot.categories.range(path)
        stances[low:high] = stance
    return stances


def _brand_stances(snapshot: Snapshot, preferences: Preferences) -> StanceCodes:
    stances = np.zeros(len(snapshot.brands.names) + 1, dtype=np.int8)
    for names, stance in ((preferences.liked_brands, 1), (preferences.disliked_brands, -1)):
        for code in map(snapshot.brands.code, names):
            if code >= 0:
                stances[code] = stance
    return stances


def preferred_order(
    stance_of: Sequence[int], liked: Sequence[int], neutral: Sequence[int], most: int
) -> tuple[list[int], list[int], list[int]]:
    """Which of a page's items, and of further liked and neutral ones, are shown in its leading places.

    Args:
        stance_of: the stance of each item of the page, in its order.
        liked: positions, in a list of further items best first, of those that may be added because they are liked.
        neutral: the same of those that may take the place of disliked ones.
        most: how many items the leading places hold.

    Returns:
        Positions to show: of the page's own items, of the further liked, of the further neutral ones.
    """
    lead = range(min(most, len(stance_of)))
    own = {stance: [place for place in lead if stance_of[place] == stance] for stance in (1, 0, -1)}
    want = min(most, max(LIKED_FACTOR * len(own[1]), int(np.ceil(LIKED_FLOOR * most))))
    added = list(liked[: max(0, want - len(own[1]))])
    few = min(len(own[-1]) // DISLIKED_DIVISOR, most - len(own[1]) - len(added))
    free = most - len(own[1]) - len(added) - few
    kept = own[0][:free]
    others = list(neutral[: free - len(kept)])
    # Where nothing else fits, more of what is liked, then what is disliked, rather than a short page.
    missing = free - len(kept) - len(others)
    more = list(liked[len(added) : len(added) + missing])
    rest = own[-1][few : few + missing - len(more)]
    return sorted([*own[1], *kept, *own[-1][:few], *rest]), [*added, *more], others
