"""The approximate index, and how far candidates are searched."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from adapters.snapshots.annoy_index import AnnoyItemIndex
from indexer.snapshots import MAX_LOSS, ChosenSearch, Search, build_index, choose_search
from indexer.snapshots.histories import sample_histories
from indexer.snapshots.search import SEARCHES, page_loss
from recommender.arrays import NO_ROWS
from recommender.candidate_generation import ExactIndex
from recommender.entities import NO_FREQUENCY, History
from recommender.pages.candidates import score_candidates
from recommender.ports import ItemIndex
from recommender.snapshot import SHORT_HISTORY, ServingParameters, Snapshot
from recommender.snapshot.tables import SparseWeights
from tests.support.builders.evaluations.evaluation_tasks import no_progress
from tests.support.builders.published_snapshots import STAGES
from tests.support.builders.small_snapshots import random_weights, snapshot_of

PRODUCTS = 400
SNAPSHOT = snapshot_of(
    random_weights(PRODUCTS, density=0.1), rank=8, parameters=ServingParameters(nearest=200, neighbours=30)
)
# Products without neighbours are found by the index alone.
ALONE = replace(
    SNAPSHOT,
    weights=SparseWeights(
        np.zeros(PRODUCTS + 1, np.int64), NO_ROWS, np.empty(0, np.float32), np.empty(0, np.float32)
    ),
)
BOUGHT = csr_array((np.random.default_rng(1).random((30, PRODUCTS)) < 0.03).astype(np.float32))
HISTORIES, SHORT = sample_histories(BOUGHT, 20, seed=1)


class FindsFrom:
    """An index that is exact from a `search_k` on. Below it, it finds `otherwise`."""

    def __init__(self, search_k: int, otherwise: np.ndarray = NO_ROWS) -> None:
        self.search_k, self.otherwise = search_k, otherwise

    def nearest(self, query_vector: np.ndarray, count: int, search_k: int) -> np.ndarray:
        if search_k < self.search_k:
            return self.otherwise
        return ExactIndex(SNAPSHOT.item_vectors).nearest(query_vector, count, 0)


def chosen(index: ItemIndex, snapshot: Snapshot = SNAPSHOT) -> ChosenSearch:
    return choose_search(replace(snapshot, index=index), HISTORIES, SHORT, no_progress)


@pytest.mark.parametrize("enough", [SEARCHES[0].search_k, 5_000, SEARCHES[-1].search_k])
def test_cheapest_sufficient_search_is_chosen(enough: int) -> None:
    search = chosen(FindsFrom(enough), ALONE)
    cheapest = next(each for each in SEARCHES if each.search_k >= enough)
    assert (search.long, search.short) == (cheapest, cheapest)
    assert search.loss <= MAX_LOSS
    assert search.recall == 1


def test_neighbours_of_candidates_replace_a_longer_search() -> None:
    class FindsHalf:
        def nearest(self, query_vector: np.ndarray, count: int, search_k: int) -> np.ndarray:
            return ExactIndex(SNAPSHOT.item_vectors).nearest(query_vector, count, search_k)[::2].copy()

    search, alone = chosen(FindsHalf()), chosen(FindsHalf(), ALONE)
    assert search.loss <= MAX_LOSS < alone.loss
    assert search.long.second_neighbours > 0
    assert search.long.search_k < alone.long.search_k == SEARCHES[-1].search_k


def test_loss_equals_that_of_the_pages_of_requests() -> None:
    longest = ChosenSearch(SEARCHES[-1], SEARCHES[-1], 0.0, 0.0).applied_to(ALONE.parameters)
    searched = replace(ALONE, index=FindsFrom(10**9, np.arange(60, dtype=np.int32)), parameters=longest)
    exact = replace(searched, index=ExactIndex(ALONE.item_vectors))
    discounts, losses = 1 / np.log2(np.arange(100) + 2), dict[str, float]()
    for name, histories in (("long", HISTORIES), ("short", SHORT)):
        measured = []
        for history in histories:
            pages = []
            for snapshot in (searched, exact):
                ranked = score_candidates(snapshot, history, NO_FREQUENCY, STAGES).ranked
                best = np.maximum(ranked.scores[~np.isin(ranked.rows, history.known_rows)][:100], 0)
                pages.append(best @ discounts[: len(best)])
            measured.append(1 - pages[0] / pages[1])
        losses[name] = float(np.mean(measured))
    search = chosen(searched.index, ALONE)
    assert search.loss == pytest.approx(max(losses.values()), abs=1e-5)
    assert search.loss > MAX_LOSS
    assert search.long == SEARCHES[-1]
    assert search.recall < 1


def test_neighbours_alone_need_no_long_search() -> None:
    parameters = ServingParameters(neighbours=PRODUCTS)
    dense = snapshot_of(random_weights(PRODUCTS, density=1.0), rank=8, parameters=parameters)
    search = chosen(FindsFrom(10**9), dense)
    assert (search.long, search.short) == (SEARCHES[0], SEARCHES[0])
    assert search.loss < 1e-6
    assert search.recall == 0  # measured for information: it rejects nothing


def test_short_histories_are_measured_on_their_own() -> None:
    class NeedsMoreForOneProduct:
        def nearest(self, query_vector: np.ndarray, count: int, search_k: int) -> np.ndarray:
            short = count <= SNAPSHOT.parameters.nearest + SHORT_HISTORY
            return FindsFrom(20_000 if short else 1_000).nearest(query_vector, count, search_k)

    long = [history for history in HISTORIES if len(history.rows) > SHORT_HISTORY]
    search = choose_search(replace(ALONE, index=NeedsMoreForOneProduct()), long, SHORT, no_progress)
    assert (search.long, search.short) == (Search(1_000, 1_000), Search(20_000, 1_000))


def test_length_of_a_history_decides_on_its_search() -> None:
    search = ChosenSearch(Search(500, 200), Search(2_000, 1_000), 0.0, 0.0)
    parameters = search.applied_to(ServingParameters())
    lengths = (1, SHORT_HISTORY, SHORT_HISTORY + 1, 500)
    assert [parameters.search_k_for(length) for length in lengths] == [2_000, 2_000, 500, 500]
    assert [parameters.second_neighbours_for(length) for length in lengths] == [1_000, 1_000, 200, 200]
    earlier = ServingParameters(search_k=700)  # a snapshot of an earlier release
    assert [earlier.search_k_for(length) for length in lengths] == [700] * 4
    assert [earlier.second_neighbours_for(length) for length in lengths] == [0] * 4


def test_products_with_equal_scores_are_interchangeable() -> None:
    assert page_loss(np.array([3.0, 2.0, 2.0]), np.array([3.0, 2.0, 2.0])) == 0
    better, worse = np.array([4.0, 2.0]), np.array([4.0, 1.0])
    assert page_loss(worse, better) == pytest.approx(1 / np.log2(3) / (4 + 2 / np.log2(3)))
    assert page_loss(np.empty(0), better) == 1
    assert page_loss(np.array([-1.0]), np.array([-0.5])) == 0


def test_annoy_finds_the_pages_of_its_own_vectors(tmp_path: Path) -> None:
    path = tmp_path / "index.ann"
    build_index(ALONE.item_vectors, seed=1, advance=no_progress).save(str(path))
    search = chosen(AnnoyItemIndex(path, ALONE.item_vectors.shape[1]), ALONE)
    assert search.loss <= MAX_LOSS
    assert search.recall > 0.9


def test_index_builds_are_reproducible(tmp_path: Path) -> None:
    for name in ("a", "b"):
        build_index(SNAPSHOT.item_vectors, seed=1, advance=no_progress).save(str(tmp_path / name))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_progress_counts_every_history_and_product_once() -> None:
    advanced: list[int] = []
    choose_search(SNAPSHOT, HISTORIES, SHORT, advanced.append)
    assert advanced == [1] * (len(HISTORIES) + len(SHORT))
    advanced.clear()
    vectors = np.random.default_rng(1).normal(size=(2_050, 4)).astype(np.float32)
    build_index(vectors, seed=1, advance=advanced.append)
    assert sum(advanced) == 2_050


def test_cheapest_search_is_chosen_without_shoppers() -> None:
    search = choose_search(SNAPSHOT, [], [], no_progress)
    assert (search.long, search.short) == (SEARCHES[0], SEARCHES[0])
    assert search.loss <= MAX_LOSS


def test_samples_are_histories_of_shoppers_and_short_ones() -> None:
    empty = BOUGHT.toarray()
    empty[:5] = 0  # shoppers without indexed products
    histories, short = sample_histories(csr_array(empty), 12, seed=3)
    owned = [set(np.flatnonzero(row).tolist()) for row in empty[5:]]
    assert len(histories) == 12
    for history in histories:
        assert set(history.rows.tolist()) in owned
        assert float((history.weights**2).sum()) == pytest.approx(1)
    views, products = short[:6], short[6:]
    assert {len(history.rows) for history in views} == {1, 2, 3}
    assert all(any(set(view.rows.tolist()) <= own for own in owned) for view in views)
    assert [len(history.rows) for history in products] == [1] * 6
    assert len({int(history.rows[0]) for history in products}) == 6
    assert all(isinstance(history, History) for history in short)
    assert sample_histories(csr_array((0, 0), dtype=np.float32), 12, seed=3) == ([], [])
