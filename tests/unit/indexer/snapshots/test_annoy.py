"""The approximate index against exact search."""

from pathlib import Path

import numpy as np

from adapters.snapshots.annoy_index import AnnoyItemIndex
from indexer.snapshots import SampledQuery, build_index, choose_search_k
from indexer.snapshots.recall import SEARCH_K_STEPS
from recommender.candidate_generation import ExactIndex
from tests.support.builders.evaluation_tasks import no_progress

VECTORS = np.random.default_rng(1).normal(size=(3_000, 32)).astype(np.float32)
QUERIES = [
    SampledQuery(vector, 200) for vector in np.random.default_rng(2).normal(size=(40, 32)).astype(np.float32)
]


def test_cheapest_sufficient_search_is_chosen(tmp_path: Path) -> None:
    build_index(VECTORS, seed=1, advance=no_progress).save(str(tmp_path / "index.ann"))
    index = AnnoyItemIndex(tmp_path / "index.ann", 32)
    assert len(index) == len(VECTORS)
    search = choose_search_k(index, VECTORS, QUERIES, no_progress)
    assert search.is_sufficient
    exact = ExactIndex(VECTORS)
    shares = [
        len(
            set(exact.nearest(query.vector, 20, 0).tolist())
            & set(index.nearest(query.vector, query.candidates, search.search_k).tolist())
        )
        / 20
        for query in QUERIES
    ]
    assert abs(np.mean(shares) - search.recall) < 1e-9


def test_index_that_finds_wrong_items_is_insufficient() -> None:
    class Worst:
        def nearest(self, query_vector: np.ndarray, count: int, search_k: int) -> np.ndarray:
            return np.argsort(VECTORS @ query_vector)[:count].astype(np.int32)

    search = choose_search_k(Worst(), VECTORS, QUERIES, no_progress)
    assert not search.is_sufficient
    assert search.recall == 0


def test_products_with_equal_vectors_are_interchangeable() -> None:
    twins = np.repeat(VECTORS[:50], 40, axis=0)

    class FindsTheOtherTwins:
        def nearest(self, query_vector: np.ndarray, count: int, search_k: int) -> np.ndarray:
            best = int(np.argmax(VECTORS[:50] @ query_vector))
            return np.arange(40 * best + 20, 40 * best + 40, dtype=np.int32)

    assert choose_search_k(FindsTheOtherTwins(), twins, QUERIES, no_progress).recall == 1


def test_index_builds_are_reproducible(tmp_path: Path) -> None:
    for name in ("a", "b"):
        build_index(VECTORS[:500], seed=1, advance=no_progress).save(str(tmp_path / name))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_progress_counts_every_shopper_and_product_once() -> None:
    advanced: list[int] = []
    choose_search_k(ExactIndex(VECTORS), VECTORS, QUERIES, advanced.append)
    assert advanced == [1] * len(QUERIES)
    advanced.clear()
    build_index(VECTORS[:2_050], seed=1, advance=advanced.append)
    assert sum(advanced) == 2_050


def test_cheapest_search_is_chosen_without_shoppers() -> None:
    search = choose_search_k(ExactIndex(VECTORS), VECTORS, [], no_progress)
    assert search.search_k == SEARCH_K_STEPS[0]
    assert search.is_sufficient


def test_insufficient_search_is_extended() -> None:
    class FindsWhenAllowed:
        def nearest(self, query_vector: np.ndarray, count: int, search_k: int) -> np.ndarray:
            found = ExactIndex(VECTORS).nearest(query_vector, count, 0)
            return found if search_k >= 10_000 else found[:18]

    search = choose_search_k(FindsWhenAllowed(), VECTORS, QUERIES[:5], no_progress)
    assert (search.search_k, search.recall) == (10_000, 1.0)
