"""From the best items to the best page."""

from recommender.reranking.basket_cap import OwnCategories
from recommender.reranking.caps import varied
from recommender.reranking.mmr import diverse_page, diversified
from recommender.reranking.preferences import (
    LEADING_PLACES,
    Stances,
    preferred_order,
)

__all__ = [
    "LEADING_PLACES",
    "OwnCategories",
    "Stances",
    "diverse_page",
    "diversified",
    "preferred_order",
    "varied",
]
