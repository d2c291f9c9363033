"""Metrics against plain computations, intervals against theory."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.protocol.metrics import (
    TOP,
    Interval,
    Rankings,
    bootstrap,
    bootstrap_ratio,
    score_rankings,
)
from indexer.protocol.tasks import Task


def task_of(truth: Sequence[Sequence[int]], products: int, forbidden: Sequence[int] = ()) -> Task:
    dense = np.zeros((len(truth), products), dtype=np.float32)
    for row, bought in zip(dense, truth, strict=True):
        row[list(bought)] = 1
    allowed = np.ones(products, dtype=np.bool_)
    allowed[list(forbidden)] = False
    shoppers = np.arange(len(truth), dtype=np.int32)
    return Task(
        "discovery",
        shoppers,
        csr_array(dense),
        csr_array(np.zeros_like(dense)),
        allowed,
        include_purchased=False,
    )


def rankings_of(*answers: Sequence[int]) -> Rankings:
    rankings = np.full((len(answers), TOP), -1, dtype=np.int32)
    for row, answer in zip(rankings, answers, strict=True):
        row[: len(answer)] = answer
    return rankings


def ones(products: int) -> NDArray[np.int64]:
    return np.ones(products, dtype=np.int64)


def test_ndcg_equals_values_computed_by_hand() -> None:
    task = task_of([[3, 7], [3, 7], [5]], 10)
    metrics = score_rankings(task, rankings_of([7, 1, 3], [3, 7], [0, 1, 2]), ones(10), 4)
    first = (1 + 1 / np.log2(4)) / (1 + 1 / np.log2(3))  # hits at the first and the third place of two
    np.testing.assert_allclose(metrics.ndcg, [first, 1, 0])
    np.testing.assert_allclose(metrics.recall, [1, 1, 0])


def test_ndcg_is_limited_to_twenty_hits_but_recall_is_not() -> None:
    task = task_of([range(40)], 50)
    metrics = score_rankings(task, rankings_of(range(20)), ones(50), 4)
    np.testing.assert_allclose(metrics.ndcg, [1])
    np.testing.assert_allclose(metrics.recall, [0.5])


def test_hit_rate_considers_the_first_ten() -> None:
    task = task_of([[9], [10]], 30)
    metrics = score_rankings(task, rankings_of(range(20), range(20)), ones(30), 4)
    np.testing.assert_array_equal(metrics.hit_rate, [1, 0])
    np.testing.assert_array_equal(metrics.recall, [1, 1])


def test_novelty_is_the_mean_information_and_zero_if_empty() -> None:
    buyers = np.array([8, 2, 0, 1], dtype=np.int64)
    task = task_of([[0], [0], [0]], 4)
    metrics = score_rankings(task, rankings_of([0, 1], [2, 3], []), buyers, 8)
    # Bought by all 8: 0 bits; by 2: 2 bits; by one, and by none: 3 bits.
    np.testing.assert_allclose(metrics.novelty, [1, 3, 0])


def test_coverage_counts_distinct_allowed_products_among_the_first_ten() -> None:
    task = task_of([[0], [0]], 25, forbidden=[24])
    metrics = score_rankings(task, rankings_of(range(20), range(5, 24)), ones(25), 4)
    assert metrics.coverage == pytest.approx(15 / 24)  # rows 0 to 14


def test_metrics_equal_those_of_a_plain_loop() -> None:
    generator = np.random.default_rng(3)
    products, shoppers = 60, 40
    truth = [generator.choice(products, generator.integers(1, 40), replace=False) for _ in range(shoppers)]
    answers = [generator.permutation(products)[: generator.integers(0, 21)].tolist() for _ in range(shoppers)]
    buyers = generator.integers(0, 30, products)
    metrics = score_rankings(
        task_of([row.tolist() for row in truth], products), rankings_of(*answers), buyers, 30
    )
    for shopper, (wanted, answer) in enumerate(zip(truth, answers, strict=True)):
        gains = [1 / np.log2(place + 1) for place in range(1, 21)]
        found = [product in set(wanted.tolist()) for product in answer]
        gain = sum(g for g, hit in zip(gains, found, strict=False) if hit)
        assert metrics.ndcg[shopper] == pytest.approx(gain / sum(gains[: len(wanted)]))
        assert metrics.recall[shopper] == pytest.approx(sum(found) / len(wanted))
        assert metrics.hit_rate[shopper] == any(found[:10])
        bits = [-np.log2(max(buyers[product], 1) / 30) for product in answer]
        assert metrics.novelty[shopper] == pytest.approx(np.mean(bits) if bits else 0)
    assert metrics.coverage == len({product for answer in answers for product in answer[:10]}) / products


def test_metrics_of_an_empty_task_are_empty() -> None:
    metrics = score_rankings(task_of([], 5), rankings_of(), ones(5), 0)
    assert len(metrics.ndcg) == len(metrics.novelty) == metrics.coverage == 0


def test_invalid_rankings_are_rejected() -> None:
    task = task_of([[1]], 5)
    with pytest.raises(ValueError, match="twice"):
        score_rankings(task, rankings_of([1, 2, 1]), ones(5), 4)
    with pytest.raises(ValueError, match="shape"):
        score_rankings(task, rankings_of([1], [2]), ones(5), 4)


def test_bootstrap_matches_the_normal_interval_of_a_mean() -> None:
    values = np.random.default_rng(1).normal(2.0, 3.0, 4000)
    interval = bootstrap(values, seed=1)
    error = values.std() / np.sqrt(len(values))
    assert interval.mean == pytest.approx(values.mean())
    assert interval.low == pytest.approx(values.mean() - 1.96 * error, abs=0.2 * error)
    assert interval.high == pytest.approx(values.mean() + 1.96 * error, abs=0.2 * error)


def test_bootstrap_depends_on_the_seed_but_not_on_blocks() -> None:
    values = np.random.default_rng(1).random(50)
    interval = bootstrap(values, seed=1)
    assert interval == bootstrap(values, seed=1)
    assert interval != bootstrap(values, seed=2)
    in_blocks = bootstrap(values, seed=1, draws_at_once=350)  # blocks of 7, the last one is shorter
    assert (in_blocks.low, in_blocks.high) == pytest.approx((interval.low, interval.high))


def test_constant_ratio_has_an_interval_of_width_zero() -> None:
    reference = np.random.default_rng(1).random(200)
    ratio = bootstrap_ratio(2 * reference, reference, seed=1)
    assert (ratio.mean, ratio.low, ratio.high) == pytest.approx((2, 2, 2))


def test_ratio_uses_means_and_paired_resamples() -> None:
    generator = np.random.default_rng(1)
    reference = generator.random(30)
    values = reference + generator.random(30)
    ratio = bootstrap_ratio(values, reference, seed=9)
    assert ratio.mean == pytest.approx(values.sum() / reference.sum())
    drawn = np.random.default_rng(9).integers(30, size=(1000, 30))
    slow = sorted(values[row].mean() / reference[row].mean() for row in drawn)
    assert (ratio.low, ratio.high) == pytest.approx((slow[24], slow[974]))


def test_reference_without_hits_has_an_undefined_ratio() -> None:
    nothing = bootstrap_ratio(np.ones(4), np.zeros(4), seed=1)
    assert np.isnan([nothing.mean, nothing.low, nothing.high]).all()
    empty = [bootstrap(np.empty(0), 1), bootstrap_ratio(np.empty(0), np.empty(0), 1)]
    assert all(np.isnan([interval.mean, interval.low, interval.high]).all() for interval in empty)


def test_reference_with_rare_hits_has_an_infinite_upper_bound() -> None:
    reference = np.zeros(20)
    reference[0] = 1
    assert bootstrap_ratio(np.ones(20), reference, seed=1) == Interval(20, pytest.approx(5, abs=2), np.inf)


def test_values_that_cannot_be_paired_are_rejected() -> None:
    with pytest.raises(ValueError, match="paired"):
        bootstrap_ratio(np.ones(3), np.ones(1), 1)
