"""Direct neighbours, against sums over the dense weights."""

import numpy as np

from recommender.candidate_generation import best_cold_neighbours, best_neighbours, neighbour_sums
from recommender.entities import History, NeighbourSums
from recommender.snapshot import ServingParameters
from tests.support.builders.small_snapshots import random_weights, snapshot_of


def weighted_history(*rows: int) -> History:
    weights = np.linspace(1, 0.4, len(rows), dtype=np.float32)
    return History(np.array(rows, np.int32), weights, np.sort(np.array(rows, np.int32)))


def test_neighbours_are_summed_over_the_history() -> None:
    weights = random_weights(40, density=0.15)
    snapshot = snapshot_of(weights, rank=5)
    history = weighted_history(7, 3, 21)
    sums = neighbour_sums(snapshot, history)
    support = (weights[[7, 3, 21]] != 0).any(axis=0)
    assert sums.rows.tolist() == np.flatnonzero(support).tolist()
    expected = history.weights @ weights[[7, 3, 21]]
    np.testing.assert_allclose(sums.weight, expected[support], rtol=1e-5)
    rest = np.where(weights != 0, weights - snapshot.query_vectors @ snapshot.item_vectors.T, 0)
    expected = history.weights @ rest[[7, 3, 21]]
    np.testing.assert_allclose(sums.residual, expected[support], rtol=1e-4, atol=1e-6)


def test_history_without_neighbours_has_empty_sums() -> None:
    snapshot = snapshot_of(np.zeros((5, 5), dtype=np.float32))
    sums = neighbour_sums(snapshot, weighted_history(1, 2))
    assert len(sums.rows) == len(sums.weight) == len(sums.residual) == 0


def test_best_neighbours_include_the_trend() -> None:
    snapshot = snapshot_of(
        random_weights(6), trend=[1, 1, 4, 1, 1, 1], warm=4, parameters=ServingParameters(neighbours=2)
    )
    weight = np.array([0.9, 0.5, 0.3, 0.1, 0.2, 0.15], dtype=np.float32)
    sums = NeighbourSums(np.arange(6, dtype=np.int32), weight, weight * 0)
    assert set(best_neighbours(snapshot, sums).tolist()) == {0, 2}
    assert best_cold_neighbours(snapshot, sums, 1).tolist() == [4]
    assert best_cold_neighbours(snapshot, sums, 9).tolist() == [4, 5]
