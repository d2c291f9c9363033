"""Scores of products bought before."""

import numpy as np

from recommender.entities import (
    Frequency,
)
from recommender.ranking import repurchase_scores
from recommender.snapshot import ServingParameters
from tests.support.builders.small_snapshots import random_weights, snapshot_of


def test_repurchase_scores_add_frequency_and_weighted_score() -> None:
    snapshot = snapshot_of(random_weights(4), parameters=ServingParameters(repurchase_weight=3.0))
    frequency = Frequency(np.array([1, 3], np.int32), np.array([2, 1], np.int32), np.array([1.5, 0.5], "f4"))
    rows, scores = np.array([3, 0, 1], np.int32), np.array([0.1, 0.2, 0.0], "f4")
    found = repurchase_scores(snapshot, frequency, rows, scores)
    np.testing.assert_allclose(found, [0.5 + 0.3, 0.6, 1.5], rtol=1e-6)
