"""Exact scores of candidates."""

from recommender.ranking.exact import best_of_all, exact_scores
from recommender.ranking.repurchase import repurchase_scores
from recommender.ranking.scores import page_scores

__all__ = ["best_of_all", "exact_scores", "page_scores", "repurchase_scores"]
