"""Chooses how far the approximate index searches, by what its pages lose."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from adapters.telemetry import SilentStages
from indexer.progress import Advance
from recommender.candidate_generation import nearest_items, query_vector
from recommender.entities import NO_FREQUENCY, NO_ROWS, FloatVector, History, Rows
from recommender.pages.candidates import score_candidates
from recommender.snapshot import ServingParameters, Snapshot
from recommender.snapshot.lookups import contains

SEARCH_K_STEPS = (500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
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


class _NoIndex:
    """An index without items. Candidates are the history's neighbours alone."""

    def nearest(self, query_vector: FloatVector, count: int, search_k: int) -> Rows:
        del query_vector, count, search_k
        return NO_ROWS


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
        search_k, short_search_k: see `ServingParameters`.
        loss: the larger of the two mean losses of a page.
        recall: share of the exact top 20 inner products that the index alone finds for longer histories.
    """

    search_k: int
    short_search_k: int
    loss: float
    recall: float

    def applied_to(self, parameters: ServingParameters) -> ServingParameters:
        """`parameters` with this search."""
        return replace(parameters, search_k=self.search_k, short_search_k=self.short_search_k)


def choose_search_k(
    snapshot: Snapshot, histories: Sequence[History], short: Sequence[History], advance: Advance
) -> ChosenSearch:
    """Measures pages of sampled histories for growing `search_k`, until they lose little enough.

    Candidates are those of a request: what the index finds, joined with the neighbours of the history. The loss is
    relative to an exact index, so that a longer search always reduces it.

    Args:
        snapshot: the snapshot with its approximate index.
        histories: histories of shoppers.
        short: histories of a few products, see `SHORT_HISTORY`.
        advance: called with 1 for each history after its exact search.
    """
    cases = list(_cases(snapshot, histories, advance))
    search_k, loss = _cheapest(snapshot, cases)
    short_search_k, short_loss = _cheapest(snapshot, list(_cases(snapshot, short, advance)))
    recall = _recall(snapshot, cases, search_k)
    return ChosenSearch(search_k, short_search_k, max(loss, short_loss), recall)


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
    """One history with its exact page and the candidates that need no index.

    `last` is the last of the exact top 20 inner products.
    """

    history: History
    query: FloatVector
    neighbours: Rows
    score: Callable[[Rows], FloatVector]
    exact: FloatVector
    last: float

    @classmethod
    def of(cls, snapshot: Snapshot, history: History, query: FloatVector, search: _ExactSearch) -> "_Case":
        without_index = replace(snapshot, index=_NoIndex())
        candidates = score_candidates(without_index, history, NO_FREQUENCY, SilentStages())
        nothing, last = np.empty(0, dtype=np.float32), search.last_of(RECALL_TOP)
        case = cls(history, query, candidates.ranked.rows, candidates.score, nothing, last)
        return replace(case, exact=case.page(replace(snapshot, index=search)))

    def page(self, snapshot: Snapshot) -> FloatVector:
        """The largest scores among the candidates that the history does not have, largest first."""
        found = nearest_items(snapshot, self.query, self.history)
        rows = np.union1d(self.neighbours, found)
        scores = self.score(rows[~contains(self.history.known_rows, rows)])
        return np.sort(scores)[::-1][:PAGE]


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


def _cheapest(snapshot: Snapshot, cases: Sequence[_Case]) -> tuple[int, float]:
    """The cheapest sufficient `search_k`, or else the largest, and its mean loss."""
    search_k, loss = SEARCH_K_STEPS[0], 0.0
    for search_k in SEARCH_K_STEPS if cases else ():
        searched = _searching(snapshot, search_k)
        loss = float(np.mean([page_loss(case.page(searched), case.exact) for case in cases]))
        if loss <= MAX_LOSS:
            break
    return search_k, loss


def _searching(snapshot: Snapshot, search_k: int) -> Snapshot:
    """`snapshot` with one `search_k` for all histories."""
    return replace(
        snapshot, parameters=replace(snapshot.parameters, search_k=search_k, short_search_k=search_k)
    )


def _recall(snapshot: Snapshot, cases: Sequence[_Case], search_k: int) -> float:
    """Share of the largest inner products that the index finds.

    1 without histories. An item counts as found if its inner product reaches the last of the exact top 20: products
    with the same text share a vector, and an exact search names an arbitrary one (the measure of Aumüller,
    Bernhardsson, Faithfull, "ANN-Benchmarks", 2020).
    """
    searched, top = _searching(snapshot, search_k), min(RECALL_TOP, snapshot.indexed)
    shares = []
    for case in cases:
        found = nearest_items(searched, case.query, case.history)
        inner_products = snapshot.item_vectors[found] @ case.query
        reached = inner_products >= case.last - _TIE * abs(case.last)
        shares.append(min(int(reached.sum()), top) / top)
    return float(np.mean(shares)) if shares else 1.0
