"""Exact scores of candidates."""

from recommender.ranking.exact import best_of_all, exact_scores
from recommender.ranking.repurchase import repurchase_scores

__all__ = ["best_of_all", "exact_scores", "repurchase_scores"]
