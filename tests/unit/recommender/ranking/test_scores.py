"""Scores of products, with trend, cold products and products bought before."""

import numpy as np
import pytest

from recommender import candidate_generation, profiles, ranking
from recommender.entities import NO_FREQUENCY, Frequency, Interaction, Profile, Query
from recommender.ranking import best_first, with_frequency
from recommender.scenarios.for_you import for_you
from recommender.snapshot import ServingParameters
from tests.support.builders.core_requests import DAY, STAGES, resolved, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of


def test_best_scores_come_first_and_equal_ones_in_their_order() -> None:
    found = best_first(np.array([7, 3, 9, 1], np.int32), np.array([0.5, 2.0, 0.5, -1.0], np.float32))
    assert found.rows.tolist() == [3, 7, 9, 1]
    assert found.scores.tolist() == [2.0, 0.5, 0.5, -1.0]


@pytest.mark.parametrize("nearest", [2, 200])
def test_scores_include_the_trend(nearest: int) -> None:
    weights = random_weights(30, density=1.0)
    trend = np.random.default_rng(8).uniform(0.2, 3, 30)
    parameters = ServingParameters(nearest=nearest)
    snapshot = snapshot_of(weights, rank=3, trend=trend.tolist(), parameters=parameters)
    profile = Profile("u", (Interaction("p4", 90 * DAY), Interaction("p9", 0.0)))
    recency = np.array([1, 0.5**0.5])
    expected = trend * ((recency / np.sqrt(recency.sum())) @ weights[[4, 9]])
    corrections = unchanged(snapshot)
    items = for_you(snapshot, corrections, profile, Query(8), STAGES).items
    best = sorted(set(range(30)) - {4, 9}, key=lambda row: -expected[row])[:8]
    assert [item.product_id for item in items] == [f"p{row}" for row in best]
    np.testing.assert_allclose([item.score for item in items], expected[best], rtol=1e-4)
    untrended = sorted(best, key=lambda row: -expected[row] / trend[row])
    assert untrended != best


def test_cold_product_is_scored_by_its_neighbours_alone() -> None:
    weights = random_weights(30)
    weights[:, 22] = 0
    weights[4, 21], weights[9, 21], weights[4, 3], weights[9, 3] = 0.3, 0.0, 0.2, 0.4
    snapshot = snapshot_of(weights, rank=3, warm=20, trend=np.linspace(0.5, 2, 30).tolist())
    history = profiles.history_of(
        (Interaction("p4", 0.0), Interaction("p9", 0.0)), snapshot, resolved(snapshot)
    )
    query = candidate_generation.query_vector(snapshot, history)
    neighbour, stranger, warm = ranking.score_rows(
        snapshot, query, history, NO_FREQUENCY, np.array([21, 22, 3], dtype=np.int32)
    )
    estimated = snapshot.item_vectors @ query
    assert neighbour == pytest.approx(snapshot.trend[21] * history.weights[0] * 0.3)
    assert stranger == pytest.approx(estimated[22])
    assert warm == pytest.approx(snapshot.trend[3] * (history.weights @ weights[[4, 9], 3]), abs=1e-6)


def test_repurchase_scores_add_frequency_and_weighted_score() -> None:
    snapshot = snapshot_of(random_weights(4), parameters=ServingParameters(repurchase_weight=3.0))
    frequency = Frequency(np.array([1, 3], np.int32), np.array([2, 1], np.int32), np.array([1.5, 0.5], "f4"))
    rows, scores = np.array([3, 0, 1], np.int32), np.array([0.1, 0.2, 0.0], "f4")
    found = with_frequency(snapshot, frequency, rows, scores)
    np.testing.assert_allclose(found, [0.5 + 0.3, 0.6, 1.5], rtol=1e-6)
