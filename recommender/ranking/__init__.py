"""Exact scores of candidates."""

from recommender.ranking.exact import best_of_all, exact_scores

__all__ = ["best_of_all", "exact_scores"]
