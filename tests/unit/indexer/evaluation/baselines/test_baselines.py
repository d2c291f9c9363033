"""Baselines against their textbook forms on small matrices."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.evaluation.baselines import (
    Baseline,
    content_mean,
    personal_frequency,
    popularity,
    rank,
    recent_popularity,
    training_matrix,
)
from indexer.evaluation.baselines.largest import largest
from indexer.factorization.content import Content
from indexer.protocol.metrics import TOP, score_rankings
from indexer.protocol.split import split_purchases
from indexer.protocol.tasks import Task, buyer_counts, repurchase
from tests.support.builders.evaluations.evaluation_tasks import (
    EVERYONE,
    no_progress,
    purchases_of,
    random_matrix,
    task_of,
)


@dataclass(frozen=True)
class Given:
    """A baseline with given scores."""

    values: NDArray[np.float32]
    name: str = "given"

    def scores(self, task: Task, part: slice) -> NDArray[np.float32]:
        return self.values[part].copy()


# --- the 20 best ---


def test_largest_sorts_descending_with_ties_by_position() -> None:
    values = np.array([1, 5, 3, 5, 3, 3, -np.inf], dtype=np.float32)
    assert largest(values, 4).tolist() == [1, 3, 2, 4]
    assert largest(values, 7).tolist() == largest(values, 9).tolist() == [1, 3, 2, 4, 5, 0, 6]
    many = np.random.default_rng(1).integers(0, 9, 500).astype(np.float32)
    assert largest(many, 100).tolist() == np.argsort(-many, kind="stable")[:100].tolist()


@pytest.mark.parametrize("include_purchased", [True, False])
def test_rankings_contain_candidates_and_purchased_ones_only_if_included(include_purchased: bool) -> None:
    history = random_matrix(9, 30, density=0.6)
    allowed = np.random.default_rng(5).random(30) < 0.8
    task = task_of(history, allowed, include_purchased=include_purchased)
    values = np.random.default_rng(6).integers(0, 8, (9, 30)).astype(np.float32)
    values[0, :] = -np.inf
    values[1, 3:] = -np.inf
    rankings = rank(Given(values), task, no_progress)
    bought = history.toarray() > 0
    for shopper in range(9):
        best = [p for p in np.argsort(-values[shopper], kind="stable").tolist() if allowed[p]]
        best = [p for p in best if np.isfinite(values[shopper, p])]
        best = [p for p in best if include_purchased or not bought[shopper, p]][:TOP]
        assert rankings[shopper].tolist() == best + [-1] * (TOP - len(best))


def test_rankings_do_not_depend_on_the_block_size() -> None:
    task = task_of(random_matrix(23, 30))
    baseline = Given(np.random.default_rng(2).random((23, 30)).astype(np.float32))
    whole = rank(baseline, task, no_progress)
    advanced: list[int] = []
    in_blocks = rank(baseline, task, advanced.append, block_bytes=4 * 30 * 5)
    np.testing.assert_array_equal(in_blocks, whole)
    assert advanced == [5, 5, 5, 5, 3]


def test_training_matrix_is_binary_and_restricted_to_candidates() -> None:
    train = purchases_of((0, 0, 1), (0, 0, 2), (0, 1, 1), (1, 2, 1))
    matrix = training_matrix(train, np.array([True, False, True, True]))
    np.testing.assert_array_equal(matrix.toarray(), [[1, 0, 0, 0], [0, 0, 1, 0]])
    assert matrix.nnz == 2


# --- counting ---


def test_popularity_counts_buyers() -> None:
    x = random_matrix()
    scores = popularity(x).scores(task_of(x), slice(4, 7))
    np.testing.assert_array_equal(scores, np.tile(x.toarray().sum(axis=0), (3, 1)))


def test_recent_popularity_ranks_by_recent_then_by_all_buyers() -> None:
    lines = [(shopper, 0, 0) for shopper in range(9)]  # old purchases
    lines += [(shopper, 1, 0) for shopper in range(5)]
    lines += [(0, 2, 95), (0, 2, 96), (1, 3, 95), (2, 3, 100)]  # one recent buyer twice, two once
    train = purchases_of(*lines)
    task = task_of(csr_array(np.zeros((9, 5), dtype=np.float32)))
    assert rank(recent_popularity(train, 5), task, no_progress)[0, :5].tolist() == [3, 2, 0, 1, 4]
    assert rank(recent_popularity(train, 5, days=200), task, no_progress)[0, :5].tolist() == [0, 1, 3, 2, 4]


def test_personal_frequency_counts_days_and_breaks_ties_by_popularity() -> None:
    lines = [(0, 1, 1), (0, 1, 1), (0, 1, 1), (0, 2, 1), (0, 2, 2)]
    lines += [(shopper, 3, 1) for shopper in range(1, 6)] + [(1, 4, 1), (2, 4, 1)]
    baseline = personal_frequency(purchases_of(*lines), 6)
    task = task_of(csr_array(np.zeros((6, 6), dtype=np.float32)), include_purchased=True)
    rankings = rank(baseline, task, no_progress)
    # Twice on two days, once on one day (three lines), then by buyers: five, two, none.
    assert rankings[0, :6].tolist() == [2, 1, 3, 4, 0, 5]
    scores = baseline.scores(task, slice(0, 1))[0]
    np.testing.assert_array_equal(np.floor(scores), [0, 1, 2, 0, 0, 0])


def test_personal_frequency_beats_popularity_on_repeated_purchases() -> None:
    generator = np.random.default_rng(4)
    lines = []
    for shopper in range(60):
        favorites = generator.choice(200, 5, replace=False)
        lines += [(shopper, int(p), int(day)) for p in favorites for day in generator.integers(0, 100, 8)]
        lines += [(shopper, int(p), int(generator.integers(100))) for p in generator.choice(200, 10)]
    window = split_purchases(purchases_of(*lines), "time", 0.8)
    task = repurchase(window, np.ones(200, dtype=np.bool_))
    counts = buyer_counts(window.train, 200)

    def quality(baseline: Baseline) -> float:
        return float(score_rankings(task, rank(baseline, task, no_progress), counts, 60).ndcg.mean())

    own, everyone = (
        personal_frequency(window.train, 200),
        popularity(training_matrix(window.train, task.allowed)),
    )
    assert quality(own) > 2 * quality(everyone)


# --- text ---


def test_content_mean_scores_similarity_to_the_mean_of_the_history() -> None:
    embeddings = np.random.default_rng(5).normal(size=(4, 6)).astype(np.float32)
    text_of = np.array([0, 1, 1, 2, -1, 3], dtype=np.int32)  # a shared text, and a product without text
    content = Content.of(embeddings, text_of)
    x = csr_array(np.array([[1, 1, 1, 1, 1, 0]], dtype=np.float32))  # the last product has no buyers
    history = csr_array(
        np.array([[1, 1, 0, 0, 1, 1], [0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0]], dtype=np.float32)
    )
    scores = content_mean(content, x).scores(task_of(history), EVERYONE)
    vectors = content.of_products(np.arange(6))
    with_text = [0, 1, 2, 3, 5]
    expected = vectors @ vectors[[0, 1]].mean(axis=0)
    np.testing.assert_allclose(scores[0, with_text], expected[with_text], atol=1e-6)
    np.testing.assert_array_equal(scores[1, with_text], 0)  # a history without text
    expected = vectors @ vectors[[0, 1, 2]].mean(axis=0)  # products count, not texts
    np.testing.assert_allclose(scores[2, with_text], expected[with_text], atol=1e-6)
    assert (scores[:, 4] == -np.inf).all()
