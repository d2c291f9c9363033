"""More of the categories and brands that a shopper likes on the leading places, and less of what they dislike."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from recommender import reranking
from recommender.entities import Answer, Mask, Preferences, Profile, Recommendation
from recommender.filtering import ItemFilter, NarrowedFilter
from recommender.snapshot import Snapshot

PREFERRED = "preferred-categories"
_UNKNOWN_SHOPPER = "popular"
_INDIFFERENT = Preferences()


def preferred(
    snapshot: Snapshot,
    preferences: Preferences,
    answer: Answer,
    item_filter: ItemFilter,
    limit: int,
    filled: Callable[[ItemFilter], Answer],
) -> Answer:
    """The answer with twice the share of what is liked and half that of what is disliked among its leading items.

    Args:
        snapshot: gives each item's category, brand and price.
        preferences: what the shopper likes and dislikes; the answer is left as it is where they say nothing.
        answer: the page without preferences.
        item_filter: what may be shown.
        limit: the page's length.
        filled: makes a page of what a narrower filter allows.
    """
    if preferences == _INDIFFERENT:
        return answer
    stances = reranking.Stances.of(snapshot, preferences)
    if not stances.say_anything():
        return answer
    rows = snapshot.lookup.find([item.product_id for item in answer.items])
    own = stances.towards(rows).tolist()
    shown = set(rows[: reranking.LEADING_PLACES].tolist())

    def further(stance: int) -> list[Recommendation]:
        items = filled(NarrowedFilter(item_filter, stances.mask(stance))).items
        return [item for item in items if snapshot.lookup.row(item.product_id) not in shown]

    liked = further(1) if stances.like_anything() else []
    neutral = further(0) if -1 in own else []
    most = min(reranking.LEADING_PLACES, limit)
    kept, more_liked, more_neutral = reranking.preferred_order(
        own, range(len(liked)), range(len(neutral)), most
    )
    ranked = [(place, answer.items[place]) for place in kept]
    ranked += [(place, liked[place]) for place in more_liked]
    ranked += [(place, neutral[place]) for place in more_neutral]
    lead = [item for _, item in sorted(ranked, key=lambda one: one[0])]
    ids = {item.product_id for item in lead}
    rest = [item for item in answer.items if item.product_id not in ids]
    strategy = PREFERRED if answer.strategy == _UNKNOWN_SHOPPER and more_liked else answer.strategy
    return replace(answer, strategy=strategy, items=tuple([*lead, *rest][:limit]))


def preferred_categories(snapshot: Snapshot, profile: Profile) -> Mask:
    """Which categories the shopper likes, or bought from and does not dislike.

    Returns:
        By category code, the last entry for products without a category, which is never preferred; shape (codes + 1,).
    """
    bought = {one.product_id for one in profile.interactions if one.kind == "purchase"}
    rows = snapshot.lookup.find(sorted(bought))
    known = np.zeros(len(snapshot.categories.paths) + 1, dtype=np.bool_)
    known[snapshot.columns.category_codes[rows[rows >= 0]]] = True
    known[-1] = False
    stances = reranking.Stances.of(snapshot, profile.preferences).categories
    preferred: Mask = (stances > 0) | (known & (stances == 0))
    return preferred
