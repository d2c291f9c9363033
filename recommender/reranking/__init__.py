"""Turns ranked items into a page: diversity and caps."""

from recommender.reranking.basket_cap import BasketCategoryCap
from recommender.reranking.caps import (
    USUAL_RULES,
    CapColumns,
    CapRules,
    KnownRows,
    apply_caps,
    fill_within_caps,
)
from recommender.reranking.mmr import diversify
from recommender.reranking.rerank import rerank
from recommender.reranking.text_cap import TEXT_SHARE, cap_texts, first_of_texts

__all__ = [
    "TEXT_SHARE",
    "USUAL_RULES",
    "BasketCategoryCap",
    "CapColumns",
    "CapRules",
    "KnownRows",
    "apply_caps",
    "cap_texts",
    "diversify",
    "fill_within_caps",
    "first_of_texts",
    "rerank",
]
