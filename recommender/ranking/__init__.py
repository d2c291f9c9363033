"""Exact scores of candidates."""

from recommender.ranking.exact import exact_scores, score_all
from recommender.ranking.repurchase import repurchase_scores
from recommender.ranking.scores import page_scores

__all__ = ["exact_scores", "page_scores", "repurchase_scores", "score_all"]
