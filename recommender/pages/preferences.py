"""Blends preferences into a page: more liked items, fewer disliked ones."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from recommender.pages.page import Page, Source
from recommender.pages.popular import POPULAR
from recommender.profiles import Affinities
from recommender.profiles.affinities import DISLIKED, LIKED, NEUTRAL

PREFERRED = "preferred-categories"

LEADING_PLACES = 20
"""First places of an answer, the only ones that preferences affect."""

LIKED_FACTOR = 2
"""Factor by which preferences raise the number of liked items, up to all."""

MIN_LIKED_SHARE = 0.2
"""Smallest share of liked items, even if a page without preferences has none."""

DISLIKED_DIVISOR = 2
"""Divisor by which preferences lower the number of disliked items."""


def blend_preferences(page: Page, affinities: Affinities, limit: int, page_of: Callable[[int], Page]) -> Page:
    """Doubles the share of liked items and halves that of disliked ones.

    It affects the leading places only. Liked items that it brings there have `Source.PREFERRED` added to their source,
    and so a reason of their own.

    Args:
        page: the page without preferences.
        affinities: the shopper's affinity to each product.
        limit: the page's length.
        page_of: makes a page of the products with one affinity.
    """
    own = affinities.of(page.rows).tolist()
    nothing = page.take(slice(0))
    liked = _further(page, page_of(LIKED)) if affinities.has_likes() else nothing
    neutral = _further(page, page_of(NEUTRAL)) if DISLIKED in own else nothing
    places = min(LEADING_PLACES, limit)
    kept, from_liked, from_neutral = _preferred_places(own, range(len(liked)), range(len(neutral)), places)
    moved = liked.take(from_liked)
    moved = replace(moved, sources=moved.sources + np.int8(Source.PREFERRED))
    chosen = page.take(kept).followed_by(moved).followed_by(neutral.take(from_neutral))
    lead = chosen.take(np.argsort([*kept, *from_liked, *from_neutral], kind="stable").tolist())
    rest = page.take(~np.isin(page.rows, lead.rows))
    blended = lead.followed_by(rest).take(slice(limit))
    strategy = PREFERRED if page.strategy == POPULAR and from_liked else page.strategy
    return replace(blended, strategy=strategy, more=page.more)


def _further(page: Page, other: Page) -> Page:
    """The rows of `other` that are not on the leading places of `page`."""
    return other.take(~np.isin(other.rows, page.rows[:LEADING_PLACES]))


def _preferred_places(
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
