"""Scores products: the item-item model, with the shopper's own purchases if they are included."""

from recommender.ranking.scores import exact_scores, repurchase_scores, score_all, score_rows

__all__ = ["exact_scores", "repurchase_scores", "score_all", "score_rows"]
