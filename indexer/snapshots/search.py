"""Chooses how far candidates are searched, by what pages lose."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from adapters.telemetry import SilentStages
from indexer.progress import Advance
from recommender.arrays import FloatVector, Rows
from recommender.candidate_generation import nearest_items, query_vector
from recommender.entities import NO_FREQUENCY, History
from recommender.pages.candidates import score_candidates
from recommender.snapshot import ServingParameters, Snapshot


@dataclass(frozen=True, slots=True)
class Search:
    """A search for the candidates of a history, see `ServingParameters`."""

    search_k: int
    second_neighbours: int


SEARCHES = (
    Search(200, 0),
    Search(200, 200),
    Search(200, 500),
    *(Search(search_k, 1_000) for search_k in (500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)),
)
"""Searches to choose from, the cheapest first."""
MAX_LOSS = 0.005
"""Maximum mean loss of a page, see `page_loss`."""
PAGE = 100
"""Items of a measured page, the maximum of an answer. Shorter pages lose less. Items within a filter may be anywhere
among the best 100."""
RECALL_TOP = 20
SAMPLE_SIZE = 200
"""Number of measured histories of each kind."""
_INNER_PRODUCTS_AT_ONCE = 1 << 23
"""Inner products of an exact search for several histories, 32 MB."""
_TIE = 1e-5
_DISCOUNTS = 1 / np.log2(np.arange(PAGE) + 2)


@dataclass(frozen=True, slots=True)
class _ExactSearch:
    """An exact index for one query, whose inner products with all items are known."""

    inner_products: FloatVector

    def nearest(self, query_vector: FloatVector, count: int, search_k: int) -> Rows:
        del query_vector, search_k
        first = max(len(self.inner_products) - count, 0)
        return np.argpartition(self.inner_products, first)[first:].astype(np.int32)

    def last_of(self, count: int) -> float:
        """The smallest of the `count` largest inner products."""
        first = max(len(self.inner_products) - count, 0)
        return float(np.partition(self.inner_products, first)[first])


@dataclass(frozen=True, slots=True)
class ChosenSearch:
    """The cheapest sufficient search for each kind of history.

    Attributes:
        long, short: of longer histories, and of short ones, see `SHORT_HISTORY`.
        loss: the larger of the two mean losses of a page.
        recall: share of the exact top 20 inner products that the index alone finds for longer histories.
    """

    long: Search
    short: Search
    loss: float
    recall: float

    def of_short_histories(self) -> dict[str, int]:
        """The serving parameters of short histories, by name."""
        short = self.short
        return {
            "short_search_k": short.search_k,
            "short_second_neighbours": short.second_neighbours,
        }

    def applied_to(self, parameters: ServingParameters) -> ServingParameters:
        """`parameters` with this search."""
        searched = replace(parameters, **asdict(self.long))
        return replace(searched, **self.of_short_histories())


def choose_search(
    snapshot: Snapshot, histories: Sequence[History], short: Sequence[History], advance: Advance
) -> ChosenSearch:
    """Measures pages of sampled histories for growing searches, until they lose little enough.

    Candidates are those of a request. The loss is relative to an exact index and the most second neighbours, so that a
    longer search always reduces it.

    Args:
        snapshot: the snapshot with its approximate index.
        histories: histories of shoppers.
        short: histories of a few products, see `SHORT_HISTORY`.
        advance: called with 1 for each history after its exact search.
    """
    cases = list(_cases(snapshot, histories, advance))
    search, loss = _cheapest(snapshot, cases)
    short_search, short_loss = _cheapest(snapshot, list(_cases(snapshot, short, advance)))
    recall = _recall(snapshot, cases, search)
    return ChosenSearch(search, short_search, max(loss, short_loss), recall)


def page_loss(found: FloatVector, exact: FloatVector) -> float:
    """Share of the exact page's value that the found page lacks.

    This is 1 − NDCG with the scores themselves as gains. A product that scores as much as the one it replaces costs
    nothing, and a product that scores a little less costs little.

    Args:
        found: the largest scores among the candidates, largest first, shape (at most 100,).
        exact: the same with an exact index.
    """
    values = [np.maximum(scores, 0) @ _DISCOUNTS[: len(scores)] for scores in (found, exact)]
    return max(0.0, 1 - float(values[0] / values[1])) if values[1] > 0 else 0.0


@dataclass(frozen=True, slots=True)
class _Case:
    """One history with its exact page.

    `last` is the last of the exact top 20 inner products.
    """

    history: History
    query: FloatVector
    exact: FloatVector
    last: float

    @classmethod
    def of(cls, snapshot: Snapshot, history: History, query: FloatVector, index: _ExactSearch) -> "_Case":
        exact = replace(_searching(snapshot, SEARCHES[-1]), index=index)
        return cls(history, query, _page(exact, history), index.last_of(RECALL_TOP))


def _cases(snapshot: Snapshot, histories: Sequence[History], advance: Advance) -> Iterator[_Case]:
    """The case of each of `histories`.

    One product of matrices is the exact search of many of them.
    """
    at_once = max(_INNER_PRODUCTS_AT_ONCE // max(snapshot.indexed, 1), 1)
    for start in range(0, len(histories), at_once):
        part = histories[start : start + at_once]
        queries = np.stack([query_vector(snapshot, history) for history in part])
        inner_products = queries @ snapshot.item_vectors.T
        for history, query, own in zip(part, queries, inner_products, strict=True):
            yield _Case.of(snapshot, history, query, _ExactSearch(own))
            advance(1)


def _page(snapshot: Snapshot, history: History) -> FloatVector:
    """The largest scores among the candidates that the history does not have, largest first."""
    known = history.known_rows
    candidates = score_candidates(snapshot, history, NO_FREQUENCY, SilentStages(), banned=(known,))
    return candidates.ranked.scores[:PAGE]


def _cheapest(snapshot: Snapshot, cases: Sequence[_Case]) -> tuple[Search, float]:
    """The cheapest sufficient search, or else the longest, and its mean loss."""
    search, loss = SEARCHES[0], 0.0
    for search in SEARCHES if cases else ():
        searched = _searching(snapshot, search)
        loss = float(np.mean([page_loss(_page(searched, case.history), case.exact) for case in cases]))
        if loss <= MAX_LOSS:
            break
    return search, loss


def _searching(snapshot: Snapshot, search: Search) -> Snapshot:
    """`snapshot` with one search for all histories."""
    chosen = ChosenSearch(search, search, 0.0, 0.0)
    return replace(snapshot, parameters=chosen.applied_to(snapshot.parameters))


def _recall(snapshot: Snapshot, cases: Sequence[_Case], search: Search) -> float:
    """Share of the largest inner products that the index finds.

    1 without histories. An item counts as found if its inner product reaches the last of the exact top 20: products
    with the same text share a vector, and an exact search names an arbitrary one (the measure of Aumüller,
    Bernhardsson, Faithfull, "ANN-Benchmarks", 2020).
    """
    searched, top = _searching(snapshot, search), min(RECALL_TOP, snapshot.indexed)
    shares = []
    for case in cases:
        found = nearest_items(searched, case.query, case.history)
        inner_products = snapshot.item_vectors[found] @ case.query
        reached = inner_products >= case.last - _TIE * abs(case.last)
        shares.append(min(int(reached.sum()), top) / top)
    return float(np.mean(shares)) if shares else 1.0
