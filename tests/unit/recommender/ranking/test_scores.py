"""Scores of products, with trend, cold products and products bought before."""

import numpy as np
import pytest

from recommender import candidate_generation, profiles, ranking
from recommender.entities import FloatVector, Frequency, Interaction, Mask, Profile, Query, Rows
from recommender.ranking import repurchase_scores, score_all
from recommender.scenarios.for_you import for_you
from recommender.snapshot import ServingParameters
from tests.support.builders.core_requests import DAY, STAGES, resolved, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of

VALUES = np.random.default_rng(4).permutation(50).astype(np.float32)


SNAPSHOT = snapshot_of(random_weights(40), extra=10)


def value_of(rows: Rows) -> FloatVector:
    return VALUES[rows]


def odd(rows: Rows) -> Mask:
    allowed: Mask = rows % 2 == 1
    return allowed


def nothing(rows: Rows) -> Mask:
    return np.zeros(len(rows), dtype=np.bool_)


@pytest.mark.parametrize("block", [7, 8192])
@pytest.mark.parametrize("others", [(), (48, 41, 45)])
def test_scores_of_all_products_are_sorted_across_blocks(block: int, others: tuple[int, ...]) -> None:
    found = score_all(SNAPSHOT.indexed, value_of, odd, np.array(others, dtype=np.int32), block)
    expected = sorted([*range(1, 40, 2), *others], key=lambda row: -VALUES[row])
    assert found.rows.tolist() == expected
    assert found.scores.tolist() == VALUES[expected].tolist()


def test_other_rows_are_sorted_if_no_product_is_allowed() -> None:
    others = np.arange(40, 50, dtype=np.int32)
    found = score_all(SNAPSHOT.indexed, value_of, nothing, others)
    expected = sorted(range(40, 50), key=lambda row: -VALUES[row])
    assert found.rows.tolist() == expected


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
    sums = candidate_generation.neighbour_sums(snapshot, history)
    neighbour, stranger, warm = ranking.exact_scores(
        snapshot, query, sums, np.array([21, 22, 3], dtype=np.int32)
    )
    estimated = snapshot.item_vectors @ query
    assert neighbour == pytest.approx(snapshot.trend[21] * history.weights[0] * 0.3)
    assert stranger == pytest.approx(estimated[22])
    assert warm == pytest.approx(snapshot.trend[3] * (history.weights @ weights[[4, 9], 3]), abs=1e-6)


def test_repurchase_scores_add_frequency_and_weighted_score() -> None:
    snapshot = snapshot_of(random_weights(4), parameters=ServingParameters(repurchase_weight=3.0))
    frequency = Frequency(np.array([1, 3], np.int32), np.array([2, 1], np.int32), np.array([1.5, 0.5], "f4"))
    rows, scores = np.array([3, 0, 1], np.int32), np.array([0.1, 0.2, 0.0], "f4")
    found = repurchase_scores(snapshot, frequency, rows, scores)
    np.testing.assert_allclose(found, [0.5 + 0.3, 0.6, 1.5], rtol=1e-6)
