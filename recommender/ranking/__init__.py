"""Scores products: the item-item model, with the shopper's own purchases if they are included."""

from recommender.ranking.scores import best_first, exact_scores, score_rows, with_frequency

__all__ = ["best_first", "exact_scores", "score_rows", "with_frequency"]
