"""Turns ranked items into a page: diversity and caps."""

from recommender.reranking.basket_cap import BasketCategoryCap
from recommender.reranking.caps import Kinds, apply_caps, fill_within_caps
from recommender.reranking.mmr import diversify
from recommender.reranking.rerank import rerank
from recommender.reranking.texts import texts_apart

__all__ = [
    "BasketCategoryCap",
    "Kinds",
    "apply_caps",
    "diversify",
    "fill_within_caps",
    "rerank",
    "texts_apart",
]
