"""A page that leans towards the categories that a shopper likes, and away from those that they dislike."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.categories import path_key
from recommender.entities import Mask, Preferences, Rows
from recommender.snapshot import Snapshot

LEADING_PLACES = 20
"""Preferences hold among the first places of an answer: what comes after them keeps its order."""

LIKED_FACTOR = 2
"""Liked categories get at least this many times the places that they would have had, up to all."""

LIKED_FLOOR = 0.2
"""They get at least this share, even where they would have had no place at all."""

DISLIKED_DIVISOR = 2
"""Disliked categories get at most the places that they would have had, divided by this."""

Stances = NDArray[np.int8]


def category_stances(snapshot: Snapshot, preferences: Preferences) -> Stances:
    """1 for each category that is liked, −1 for each that is disliked, else 0; shape (categories + 1,).

    A category stands for all below it; what is said of the narrower one counts. The last entry is that of products
    without a category.
    """
    stances = np.zeros(len(snapshot.categories.paths) + 1, dtype=np.int8)
    said = [(path, 1) for path in preferences.liked_categories]
    said += [(path, -1) for path in preferences.disliked_categories]
    for path, stance in sorted(said, key=lambda one: len(path_key(one[0]))):
        low, high = snapshot.categories.range(path)
        stances[low:high] = stance
    return stances


def stance_mask(snapshot: Snapshot, stances: Stances, wanted: Sequence[int]) -> Callable[[Rows], Mask]:
    """Tells which rows have one of the `wanted` stances."""

    def mask(rows: Rows) -> Mask:
        found: Mask = np.isin(stances[snapshot.columns.category_codes[rows]], wanted)
        return found

    return mask


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
