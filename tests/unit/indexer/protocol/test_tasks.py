"""Tasks against sets."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization import Purchases
from indexer.protocol.split import Split
from indexer.protocol.tasks import Task, buyer_counts, discovery, purchase_matrix, repurchase
from recommender.arrays import Mask
from tests.support.builders.evaluations.evaluation_tasks import purchases_of

EVERYTHING = np.ones(6, dtype=np.bool_)
TRAIN = purchases_of((0, 0, 1), (0, 0, 2), (0, 1, 3), (1, 2, 1), (2, 5, 1), (4, 3, 1))
TEST = purchases_of((0, 0, 9), (0, 2, 9), (0, 2, 10), (1, 2, 9), (2, 4, 9), (2, 1, 9), (3, 1, 9), (4, 3, 9))
PART = Split("time", 0.5, 1.0, TRAIN, TEST)


def sets(matrix: csr_array) -> list[set[int]]:
    dense = matrix.toarray()
    assert set(np.unique(dense).tolist()) <= {0, 1}
    assert matrix.nnz == np.count_nonzero(dense)  # no stored zeros: the metrics count entries
    return [set(np.flatnonzero(row).tolist()) for row in dense]


def test_discovery_truth_contains_new_products_only() -> None:
    task = discovery(PART, EVERYTHING)
    # 1 and 4 buy the same again, 3 has no history.
    assert task.shoppers.tolist() == [0, 2]
    assert sets(task.truth) == [{2}, {1, 4}]
    assert sets(task.history) == [{0, 1}, {5}]
    assert (task.name, task.include_purchased, len(task)) == ("discovery", False, 2)


def test_repurchase_truth_contains_repeated_products() -> None:
    task = repurchase(PART, EVERYTHING)
    assert task.shoppers.tolist() == [0, 1, 2, 4]
    assert sets(task.truth) == [{0, 2}, {2}, {1, 4}, {3}]
    assert sets(task.history) == [{0, 1}, {2}, {5}, {3}]
    assert (task.name, task.include_purchased) == ("repurchase", True)


def test_products_that_are_no_candidates_stay_in_the_history() -> None:
    allowed = np.array([True, True, False, True, True, False])
    task = discovery(PART, allowed)
    assert task.shoppers.tolist() == [2]
    assert sets(task.truth) == [{1, 4}]
    assert sets(task.history) == [{5}]
    again = repurchase(PART, allowed)
    assert again.shoppers.tolist() == [0, 2, 4]
    assert sets(again.truth) == [{0}, {1, 4}, {3}]


def large_task() -> Task:
    lines = [(shopper, shopper % 3, 1) for shopper in range(100)]
    later = [(shopper, 3 + shopper % 3, 9) for shopper in range(100)]
    return discovery(Split("time", 0.5, 1.0, purchases_of(*lines), purchases_of(*later)), EVERYTHING)


def assert_consistent(task: Task) -> None:
    assert sets(task.history) == [{int(shopper) % 3} for shopper in task.shoppers]
    assert sets(task.truth) == [{3 + int(shopper) % 3} for shopper in task.shoppers]


def test_sample_is_distinct_and_reproducible() -> None:
    task = large_task()
    sampled = task.sample(30, seed=4)
    assert sampled.shoppers.tolist() == sorted(set(sampled.shoppers.tolist()))
    assert len(sampled) == 30
    assert_consistent(sampled)
    assert task.sample(30, seed=4).shoppers.tolist() == sampled.shoppers.tolist()
    assert task.sample(30, seed=5).shoppers.tolist() != sampled.shoppers.tolist()
    assert task.sample(100, seed=4).shoppers.tolist() == task.shoppers.tolist()
    assert sampled.shoppers.max() > 50  # not the first ones


def test_task_can_be_restricted_to_shoppers() -> None:
    some = large_task().for_shoppers(np.array([40, 7, 1000, 99], dtype=np.int32))
    assert some.shoppers.tolist() == [7, 40, 99]
    assert_consistent(some)


def test_task_can_be_extended_to_all_products() -> None:
    allowed = np.array([False] * 4 + [True] * 2)
    task = discovery(PART, allowed, "cold")
    assert task.name == "cold"
    everything = task.with_all_products()
    assert everything.name == "all"
    assert everything.allowed.tolist() == [True] * 6
    assert sets(everything.truth) == sets(task.truth) == [{4}]
    assert task.allowed.tolist() == allowed.tolist()


def test_buyer_counts_are_distinct() -> None:
    assert buyer_counts(TRAIN, 7).tolist() == [1, 1, 1, 1, 0, 1, 0]
    assert buyer_counts(TEST, 7).tolist() == [1, 2, 2, 1, 1, 0, 0]


def test_purchase_matrix_is_binary() -> None:
    assert sets(purchase_matrix(TRAIN, 6)) == [{0, 1}, {2}, {5}, set(), {3}]


def test_task_without_purchases_is_empty() -> None:
    nothing = Purchases(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64), 0)
    allowed: Mask = EVERYTHING
    task = discovery(Split("time", 0.5, 1.0, nothing, nothing), allowed)
    shapes: NDArray[np.int64] = np.array([task.truth.shape, task.history.shape])
    assert len(task) == 0
    assert shapes.tolist() == [[0, 6], [0, 6]]
