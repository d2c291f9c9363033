"""Blends preferences into a page: more liked items, fewer disliked ones."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from recommender.entities import Mask, Profile
from recommender.pages.backfill import POPULAR
from recommender.pages.page import Page
from recommender.reranking import LEADING_PLACES, Affinities, preferred_order
from recommender.reranking.preferences import DISLIKED, LIKED, NEUTRAL
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import ResolvedIds

PREFERRED = "preferred-categories"


def blend_preferences(page: Page, affinities: Affinities, limit: int, page_of: Callable[[int], Page]) -> Page:
    """Doubles the share of liked items and halves that of disliked ones.

    Affects the leading places only.

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
    kept, from_liked, from_neutral = preferred_order(own, range(len(liked)), range(len(neutral)), places)
    chosen = page.take(kept).followed_by(liked.take(from_liked)).followed_by(neutral.take(from_neutral))
    lead = chosen.take(np.argsort([*kept, *from_liked, *from_neutral], kind="stable").tolist())
    rest = page.take(~np.isin(page.rows, lead.rows))
    blended = lead.followed_by(rest).take(slice(limit))
    strategy = PREFERRED if page.strategy == POPULAR and from_liked else page.strategy
    return replace(blended, strategy=strategy, more=page.more)


def _further(page: Page, other: Page) -> Page:
    """The rows of `other` that are not on the leading places of `page`."""
    return other.take(~np.isin(other.rows, page.rows[:LEADING_PLACES]))


def preferred_categories(snapshot: Snapshot, profile: Profile, ids: ResolvedIds) -> Mask:
    """Marks the categories that the shopper likes, or bought from and does not dislike.

    Returns:
        By category code, the last entry for products without a category, which is never preferred; shape (codes + 1,).
    """
    rows = ids.known(one.product_id for one in profile.interactions if one.kind == "purchase")
    bought = np.zeros(len(snapshot.categories.paths) + 1, dtype=np.bool_)
    bought[snapshot.columns.category_codes[rows]] = True
    bought[-1] = False
    affinities = Affinities.from_preferences(snapshot, profile.preferences).categories
    preferred: Mask = (affinities > 0) | (bought & (affinities == 0))
    return preferred
