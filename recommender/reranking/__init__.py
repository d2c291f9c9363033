"""From the best items to the best page."""

from recommender.reranking.complements import OwnCategories
from recommender.reranking.diversity import diverse_page, diversified
from recommender.reranking.variety import varied

__all__ = ["OwnCategories", "diverse_page", "diversified", "varied"]
