"""Turns ranked items into a page: diversity and caps."""

from recommender.reranking.basket_cap import BasketCategoryCap
from recommender.reranking.caps import apply_caps
from recommender.reranking.mmr import diversify
from recommender.reranking.rerank import rerank
from recommender.reranking.texts import texts_apart

__all__ = ["BasketCategoryCap", "apply_caps", "diversify", "rerank", "texts_apart"]
