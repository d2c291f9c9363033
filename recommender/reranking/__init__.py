"""From the best items to the best page."""

from recommender.reranking.complements import OwnCategories
from recommender.reranking.diversity import diverse_page, diversified
from recommender.reranking.preferences import (
    LEADING_PLACES,
    Stances,
    preferred_order,
)
from recommender.reranking.variety import varied

__all__ = [
    "LEADING_PLACES",
    "OwnCategories",
    "Stances",
    "diverse_page",
    "diversified",
    "preferred_order",
    "varied",
]
