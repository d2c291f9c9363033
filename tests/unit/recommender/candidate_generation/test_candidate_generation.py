"""Direct neighbours, against sums over the dense weights."""

import numpy as np
import pytest

from recommender.candidate_generation import best_cold_neighbours, best_neighbours, neighbour_sums
from recommender.candidate_generation.neighbours import _distinct
from recommender.entities import History, NeighbourSums
from recommender.snapshot import ServingParameters
from tests.support.builders.small_snapshots import random_weights, snapshot_of

ALWAYS, NEVER = 10**6, 0
"""Entries of the table per neighbour, below which it is made."""


def history_of(*rows: int) -> History:
    weights = np.linspace(1, 0.4, len(rows), dtype=np.float32)
    return History(np.array(rows, np.int32), weights, np.sort(np.array(rows, np.int32)))


@pytest.mark.parametrize("per_neighbour", [ALWAYS, NEVER], ids=["by table", "by sorting"])
def test_neighbours_are_summed_over_the_history(per_neighbour: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommender.candidate_generation.neighbours._TABLE_PER_NEIGHBOUR", per_neighbour)
    weights = random_weights(40, density=0.15)
    snapshot = snapshot_of(weights, rank=5)
    history = history_of(7, 3, 21)
    sums = neighbour_sums(snapshot, history)
    support = (weights[[7, 3, 21]] != 0).any(axis=0)
    assert sums.rows.tolist() == np.flatnonzero(support).tolist()
    expected = history.weights @ weights[[7, 3, 21]]
    np.testing.assert_allclose(sums.weight, expected[support], rtol=1e-5)
    rest = np.where(weights != 0, weights - snapshot.query_vectors @ snapshot.item_vectors.T, 0)
    expected = history.weights @ rest[[7, 3, 21]]
    np.testing.assert_allclose(sums.residual, expected[support], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("count", [0, 1, 60])
def test_both_ways_find_the_same_distinct_rows(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    neighbours = np.random.default_rng(3).integers(0, 30, count).astype(np.int32)
    answers = []
    for per_neighbour in (ALWAYS, NEVER):
        monkeypatch.setattr("recommender.candidate_generation.neighbours._TABLE_PER_NEIGHBOUR", per_neighbour)
        rows, places = _distinct(neighbours, 30)
        assert rows.dtype == places.dtype == np.dtype(np.int32)
        assert rows.tolist() == sorted(set(neighbours.tolist()))
        assert rows[places].tolist() == neighbours.tolist()
        answers.append((rows.tolist(), places.tolist()))
    assert answers[0] == answers[1]


def test_a_history_without_neighbours_sums_to_nothing() -> None:
    snapshot = snapshot_of(np.zeros((5, 5), dtype=np.float32))
    sums = neighbour_sums(snapshot, history_of(1, 2))
    assert len(sums.rows) == len(sums.weight) == len(sums.residual) == 0


def test_the_best_neighbours_are_those_that_sell_now() -> None:
    snapshot = snapshot_of(
        random_weights(6), trend=[1, 1, 4, 1, 1, 1], warm=4, parameters=ServingParameters(neighbours=2)
    )
    weight = np.array([0.9, 0.5, 0.3, 0.1, 0.2, 0.15], dtype=np.float32)
    sums = NeighbourSums(np.arange(6, dtype=np.int32), weight, weight * 0)
    assert set(best_neighbours(snapshot, sums).tolist()) == {0, 2}
    assert best_cold_neighbours(snapshot, sums, 1).tolist() == [4]
    assert best_cold_neighbours(snapshot, sums, 9).tolist() == [4, 5]
