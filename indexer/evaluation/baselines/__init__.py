"""Baseline recommenders, each fitted to the same purchases."""

from indexer.evaluation.baselines.baseline import Baseline, rank, training_matrix
from indexer.evaluation.baselines.content_based import content_mean
from indexer.evaluation.baselines.latent_factors import als, bpr, implicit_installed
from indexer.evaluation.baselines.neighbourhood import item_knn
from indexer.evaluation.baselines.popular import personal_frequency, popularity, recent_popularity
from indexer.evaluation.baselines.ridge_regression import (
    MAX_EASE_PRODUCTS,
    RIDGES,
    ease,
    tuned_ease,
)

__all__ = [
    "MAX_EASE_PRODUCTS",
    "RIDGES",
    "Baseline",
    "als",
    "bpr",
    "content_mean",
    "ease",
    "implicit_installed",
    "item_knn",
    "personal_frequency",
    "popularity",
    "rank",
    "recent_popularity",
    "training_matrix",
    "tuned_ease",
]
