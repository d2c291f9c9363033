"""How much an approximate search finds of what an exact one would."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.progress import Advance
from recommender.candidate_generation import ExactIndex
from recommender.entities import FloatVector, Rows
from recommender.ports import ItemIndex

TOP = 20
SEARCH_K_STEPS = (2_000, 5_000, 10_000, 20_000, 50_000, 100_000)
FLOOR = 0.95
SAMPLE = 300
_TIE = 1e-5


@dataclass(frozen=True, slots=True)
class ChosenSearch:
    """The cheapest search that is good enough, or the dearest one that was tried.

    Attributes:
        search_k: index nodes that a search may inspect.
        recall: share of the exact top 20 that is among the candidates.
    """

    search_k: int
    recall: float

    @property
    def good_enough(self) -> bool:
        """Whether recall reaches the floor."""
        return self.recall >= FLOOR


@dataclass(frozen=True, slots=True)
class SampledQuery:
    """A shopper's query vector, shape (dims,), and how many candidates a request for it takes from the index."""

    vector: FloatVector
    candidates: int


def choose_search_k(
    index: ItemIndex, item_vectors: NDArray[np.float32], queries: Sequence[SampledQuery], advance: Advance
) -> ChosenSearch:
    """Measures, with growing `search_k`, how much of the exact top 20 gets among the candidates.

    Candidates are what counts: they are re-ranked exactly, in whatever order the index finds them.

    Args:
        index: the approximate index.
        item_vectors: shape (indexed, dims).
        queries: sampled shoppers.
        advance: told of every shopper whose exact top 20 is known; the rest takes no time beside it.
    """
    exact = ExactIndex(item_vectors)
    bars = []
    for query in queries:
        bars.append(_bar(exact, item_vectors, query.vector))
        advance(1)
    chosen = ChosenSearch(SEARCH_K_STEPS[0], 1.0)
    for search_k in SEARCH_K_STEPS if bars else ():
        shares = [
            _share_found(index.nearest(query.vector, query.candidates, search_k), item_vectors, query, bar)
            for query, bar in zip(queries, bars, strict=True)
        ]
        chosen = ChosenSearch(search_k, float(np.mean(shares)))
        if chosen.good_enough:
            break
    return chosen


def _bar(exact: ExactIndex, item_vectors: NDArray[np.float32], query: FloatVector) -> float:
    """The inner product of the exact top 20's last item.

    Whatever reaches it belongs to a top 20: products with the same text share a vector, and which of them an
    exact search names is chance (the same measure as in Aumüller, Bernhardsson, Faithfull, "ANN-Benchmarks", 2020).
    """
    top = exact.nearest(query, TOP, 0)
    return float(item_vectors[top[-1]] @ query)


def _share_found(found: Rows, item_vectors: NDArray[np.float32], query: SampledQuery, bar: float) -> float:
    top = min(TOP, len(item_vectors))
    good = int((item_vectors[found] @ query.vector >= bar - _TIE * abs(bar)).sum())
    return min(good, top) / top
