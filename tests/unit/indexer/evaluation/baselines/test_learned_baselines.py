"""Trained baselines against their textbook forms."""

import sys
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.evaluation.baselines import (
    RIDGES,
    Baseline,
    als,
    bpr,
    ease,
    implicit_installed,
    item_knn,
    rank,
    training_matrix,
    tuned_ease,
)
from indexer.factorization import Purchases
from indexer.protocol.metrics import score_rankings
from indexer.protocol.split import split_purchases
from indexer.protocol.tasks import Task, buyer_counts, discovery
from tests.support.builders.evaluations.evaluation_tasks import (
    EVERYONE,
    no_progress,
    purchases_of,
    random_matrix,
    task_of,
)

# --- item to item ---


@pytest.mark.parametrize("neighbours", [4, 30])
def test_item_knn_sums_the_largest_cosines(neighbours: int) -> None:
    x = random_matrix()
    dense = x.toarray().astype(np.float64)
    dense[:, 11] = 0  # a product without buyers
    norms = np.maximum(np.linalg.norm(dense, axis=0), 1e-9)
    cosine = dense.T @ dense / np.outer(norms, norms)
    np.fill_diagonal(cosine, 0)
    kept = np.zeros_like(cosine)
    for product in range(30):
        best = np.argsort(-cosine[:, product].astype(np.float32), kind="stable")[:neighbours]
        kept[best, product] = cosine[best, product]
    history = random_matrix(seed=8)
    baseline = item_knn(csr_array(dense.astype(np.float32)), neighbours, block=7)
    scores = baseline.scores(task_of(history), slice(10, 20))
    np.testing.assert_allclose(scores, history.toarray()[10:20] @ kept, atol=1e-5)


def textbook_ease(dense: NDArray[np.float64], ridge: float) -> NDArray[np.float64]:
    inverse = np.linalg.inv(dense.T @ dense + ridge * np.eye(dense.shape[1]))
    weights: NDArray[np.float64] = np.eye(dense.shape[1]) - inverse / np.diag(inverse)
    return weights


@pytest.mark.parametrize("block", [7, 512])
def test_ease_equals_the_closed_form(block: int) -> None:
    x, history = random_matrix(), random_matrix(seed=8)
    expected = history.toarray() @ textbook_ease(x.toarray().astype(np.float64), 3.0)
    scores = ease(x, 3.0, block=block).scores(task_of(history), EVERYONE)
    np.testing.assert_allclose(scores, expected, atol=1e-4)


def test_ease_leaves_out_products_without_buyers() -> None:
    dense = random_matrix().toarray()
    without = np.delete(dense, [2, 29], axis=1)
    dense[:, [2, 29]] = 0
    history = random_matrix(seed=8)
    scores = ease(csr_array(dense), 3.0).scores(task_of(history), slice(5, 15))
    expected = np.delete(history.toarray()[5:15], [2, 29], axis=1) @ textbook_ease(without, 3.0)
    np.testing.assert_allclose(np.delete(scores, [2, 29], axis=1), expected, atol=1e-4)
    assert not scores[:, [2, 29]].any()


def test_ease_without_purchases_scores_zero() -> None:
    nothing = csr_array(np.zeros((3, 4), dtype=np.float32))
    np.testing.assert_array_equal(ease(nothing, 3.0).scores(task_of(nothing), EVERYONE), np.zeros((3, 4)))


def test_ease_rejects_a_ridge_without_solution() -> None:
    with pytest.raises(ArithmeticError, match="ridge of -100"):
        ease(random_matrix(), -100.0)


def test_ease_rejects_too_many_products() -> None:
    with pytest.raises(ValueError, match="limited to 29 products, not 30"):
        ease(random_matrix(), 3.0, max_products=29)


def grouped_purchases(shoppers: int = 150, groups: int = 6, size: int = 25) -> Purchases:
    """Shoppers who buy from one group of products, with 10 % random purchases."""
    generator = np.random.default_rng(7)
    lines = []
    for shopper in range(shoppers):
        own = shopper % groups * size + generator.choice(size, 12, replace=False)
        products = np.where(generator.random(12) < 0.1, generator.integers(groups * size, size=12), own)
        lines += [(shopper, int(p), day) for day, p in enumerate(products)]
    return purchases_of(*lines)


def climbed(found: dict[float, float]) -> float:
    """The maximum that hill climbing from 200 reaches."""
    best = RIDGES.index(200.0)
    while True:
        around = [p for p in (best, best - 1, best + 1) if 0 <= p < len(RIDGES)]
        better = max(around, key=lambda place: found[RIDGES[place]])
        if better == best:
            return RIDGES[best]
        best = better


def test_tuned_ease_uses_the_best_ridge_of_the_validation_window() -> None:
    train = grouped_purchases()
    allowed = buyer_counts(train, 150) >= 3
    x = training_matrix(train, allowed)
    advanced: list[int] = []
    tuned = tuned_ease(train, "order", allowed, x, advanced.append)
    window = split_purchases(train, "order", 0.8)
    task, trained = discovery(window, allowed), training_matrix(window.train, allowed)
    by_hand = {
        ridge: float(
            score_rankings(
                task, rank(ease(trained, ridge), task, no_progress), np.ones(150, np.int64), 150
            ).ndcg.mean()
        )
        for ridge in RIDGES
    }
    assert tuned.tried == {ridge: pytest.approx(by_hand[ridge]) for ridge in tuned.tried}
    assert tuned.ridge == climbed(by_hand)
    assert tuned.ridge != 200  # differs from the first ridge
    assert len(tuned.tried) < len(RIDGES)
    assert advanced == [1] * (len(tuned.tried) + 1)
    everyone = task_of(x)
    np.testing.assert_array_equal(
        tuned.baseline.scores(everyone, EVERYONE), ease(x, tuned.ridge).scores(everyone, EVERYONE)
    )


def test_ridge_without_solution_is_not_chosen() -> None:
    train = grouped_purchases(60)
    allowed = np.ones(150, dtype=np.bool_)
    x = training_matrix(train, allowed)
    tuned = tuned_ease(train, "order", allowed, x, no_progress, ridges=(-1e6, 5.0), first=-1e6)
    assert tuned.ridge == 5.0
    assert tuned.tried[-1e6] == 0


def test_first_ridge_is_used_without_validation_shoppers() -> None:
    train = purchases_of((0, 0, 1), (1, 1, 1))
    allowed = np.ones(2, dtype=np.bool_)
    tuned = tuned_ease(train, "order", allowed, training_matrix(train, allowed), no_progress)
    assert (tuned.ridge, tuned.tried) == (200.0, {})


# --- latent factors ---


def test_missing_optional_package_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    assert implicit_installed()  # tests run with the extra `baselines`
    monkeypatch.setitem(sys.modules, "implicit", None)  # marks the package as not importable
    assert not implicit_installed()


@pytest.mark.parametrize("fit", [als, bpr])
def test_latent_factors_find_the_group_and_are_reproducible(
    fit: Callable[[csr_array, int], Baseline],
) -> None:
    train = grouped_purchases()
    window = split_purchases(train, "order", 0.75)
    allowed = np.ones(150, dtype=np.bool_)
    task, x = discovery(window, allowed), training_matrix(window.train, allowed)
    baseline = fit(x, 1)
    scores = baseline.scores(task, EVERYONE)
    assert scores.dtype == np.float32
    np.testing.assert_array_equal(scores, fit(x, 1).scores(task, EVERYONE))
    np.testing.assert_allclose(baseline.scores(task, slice(20, 40)), scores[20:40], rtol=1e-4, atol=1e-5)
    assert not np.array_equal(scores, fit(x, 2).scores(task, EVERYONE))
    rankings = rank(baseline, task, no_progress)
    own_group = (rankings[:, :5] // 25 == (task.shoppers % 6)[:, None]).mean()
    assert own_group > 0.8  # by chance: one in six


def test_latent_factors_belong_to_the_tested_shoppers() -> None:
    x = random_matrix()
    everyone = task_of(x)
    some = Task(
        "all", everyone.shoppers[[40, 3]], everyone.truth, x, everyone.allowed, include_purchased=False
    )
    baseline = als(x, 1)
    np.testing.assert_allclose(
        baseline.scores(some, slice(0, 2)), baseline.scores(everyone, EVERYONE)[[40, 3]], rtol=1e-4, atol=1e-5
    )
