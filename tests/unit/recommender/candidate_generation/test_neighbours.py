"""Candidates of a small shop, against sums over the dense weights."""

import numpy as np

from recommender.arrays import NO_ROWS
from recommender.candidate_generation import second_neighbours, with_neighbours
from recommender.candidate_generation.neighbours import COLD_NEIGHBOURS
from recommender.entities import History
from recommender.snapshot import ServingParameters
from tests.support.builders.small_snapshots import random_weights, snapshot_of


def weighted_history(*rows: int) -> History:
    weights = np.linspace(1, 0.4, len(rows), dtype=np.float32)
    return History(np.array(rows, np.int32), weights, np.sort(np.array(rows, np.int32)))


def test_neighbours_are_summed_over_the_history() -> None:
    weights = random_weights(40, density=0.15)
    snapshot = snapshot_of(weights, rank=5)
    history = weighted_history(7, 3, 21)
    found = with_neighbours(snapshot, history, ())
    support = (weights[[7, 3, 21]] != 0).any(axis=0)
    assert found.rows.tolist() == np.flatnonzero(support).tolist()
    expected = history.weights @ weights[[7, 3, 21]]
    np.testing.assert_allclose(found.weight, expected[support], rtol=1e-5)
    rest = np.where(weights != 0, weights - snapshot.query_vectors @ snapshot.item_vectors.T, 0)
    expected = history.weights @ rest[[7, 3, 21]]
    np.testing.assert_allclose(found.residual, expected[support], rtol=1e-4, atol=1e-6)


def test_history_without_neighbours_has_other_candidates_alone() -> None:
    snapshot = snapshot_of(np.zeros((5, 5), dtype=np.float32))
    others = np.array([4, 2], np.int32)
    found = with_neighbours(snapshot, weighted_history(1, 2), (others, NO_ROWS))
    assert found.rows.tolist() == [2, 4]
    assert np.isnan(found.weight).all()
    assert np.isnan(found.residual).all()


def test_best_neighbours_include_the_trend() -> None:
    weights = np.zeros((6, 6), dtype=np.float32)
    weights[5] = [0.9, 0.5, 0.3, 0.1, 0.2, 0.0]
    parameters = ServingParameters(neighbours=2)
    snapshot = snapshot_of(weights, trend=[1, 1, 4, 1, 1, 1], warm=4, parameters=parameters)
    history = weighted_history(5)
    assert with_neighbours(snapshot, history, ()).rows.tolist() == [0, 2, 4]
    assert with_neighbours(snapshot, history, (), beyond=1).rows.tolist() == [0, 1, 2, 4]
    banned = np.array([2], np.int32)
    assert with_neighbours(snapshot, history, (banned,), (banned,)).rows.tolist() == [0, 4]


def test_cold_neighbours_are_limited_by_themselves() -> None:
    weights = np.full((60, 60), 0.1, dtype=np.float32)
    snapshot = snapshot_of(weights, warm=20, parameters=ServingParameters(neighbours=5))
    rows = with_neighbours(snapshot, weighted_history(0), ()).rows
    assert (rows < 20).sum() == 5
    assert (rows >= 20).sum() == COLD_NEIGHBOURS


def test_second_neighbours_are_those_of_the_best_candidates() -> None:
    weights = random_weights(200, density=0.1)
    snapshot = snapshot_of(weights, rank=5, trend=np.linspace(0.5, 2, 200).tolist())
    candidates = np.arange(50, dtype=np.int32)
    scores = np.random.default_rng(3).permutation(np.linspace(-1, 1, 50)).astype(np.float32)
    best = np.argsort(-scores)[:20]
    expected = (scores[best] @ weights[candidates[best]]) * snapshot.trend
    expected[:50] = expected[190:] = 0  # candidates and banned rows
    banned = np.arange(190, 200, dtype=np.int32)
    found = second_neighbours(snapshot, candidates, scores, 30, (banned,))
    assert sorted(found.tolist()) == sorted(np.argsort(-expected)[:30].tolist())
    assert len(second_neighbours(snapshot, candidates, scores, 1_000, (banned,))) == (expected > 0).sum()


def test_candidates_without_a_positive_score_have_no_second_neighbours() -> None:
    snapshot = snapshot_of(random_weights(30), extra=2)
    candidates, scores = np.array([3, 31], np.int32), np.array([-0.1, 0.0], np.float32)
    assert not len(second_neighbours(snapshot, candidates, scores, 10))
