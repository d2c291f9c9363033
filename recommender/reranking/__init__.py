"""Turns ranked items into a page: diversity, caps, preferences."""

from recommender.reranking.basket_cap import BasketCategoryCap
from recommender.reranking.caps import apply_caps
from recommender.reranking.mmr import diversify
from recommender.reranking.preferences import LEADING_PLACES, Affinities, preferred_order
from recommender.reranking.rerank import rerank

__all__ = [
    "LEADING_PLACES",
    "Affinities",
    "BasketCategoryCap",
    "apply_caps",
    "diversify",
    "preferred_order",
    "rerank",
]
