"""Measures the recall of the approximate search against exact search."""

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
MIN_RECALL = 0.95
SAMPLE_SIZE = 300
_TIE = 1e-5


@dataclass(frozen=True, slots=True)
class ChosenSearch:
    """The cheapest search with sufficient recall, or else the most expensive one.

    Attributes:
        search_k: index nodes that a search may inspect.
        recall: share of the exact top 20 that is among the candidates.
    """

    search_k: int
    recall: float

    @property
    def is_sufficient(self) -> bool:
        """True if the recall reaches the minimum."""
        return self.recall >= MIN_RECALL


@dataclass(frozen=True, slots=True)
class SampledQuery:
    """A shopper's query vector, shape (dims,), and the number of candidates of a request."""

    vector: FloatVector
    candidates: int


def choose_search_k(
    index: ItemIndex, item_vectors: NDArray[np.float32], queries: Sequence[SampledQuery], advance: Advance
) -> ChosenSearch:
    """Measures the recall of the exact top 20 among the candidates, for growing `search_k`.

    The order of the candidates does not matter, because they are re-ranked exactly.

    Args:
        index: the approximate index.
        item_vectors: shape (indexed, dims).
        queries: queries of sampled shoppers.
        advance: called with 1 for each shopper after the exact search, which takes most of the time.
    """
    exact = ExactIndex(item_vectors)
    thresholds = []
    for query in queries:
        thresholds.append(_threshold(exact, item_vectors, query.vector))
        advance(1)
    chosen = ChosenSearch(SEARCH_K_STEPS[0], 1.0)
    for search_k in SEARCH_K_STEPS if thresholds else ():
        shares = [
            _share_found(
                index.nearest(query.vector, query.candidates, search_k), item_vectors, query, threshold
            )
            for query, threshold in zip(queries, thresholds, strict=True)
        ]
        chosen = ChosenSearch(search_k, float(np.mean(shares)))
        if chosen.is_sufficient:
            break
    return chosen


def _threshold(exact: ExactIndex, item_vectors: NDArray[np.float32], query: FloatVector) -> float:
    """Inner product of the last item of the exact top 20.

    Every item that reaches it belongs to a top 20. Products with the same text share a vector, and an exact search
    names an arbitrary one (the measure of Aumüller, Bernhardsson, Faithfull, "ANN-Benchmarks", 2020).
    """
    top = exact.nearest(query, TOP, 0)
    return float(item_vectors[top[-1]] @ query)


def _share_found(
    found: Rows, item_vectors: NDArray[np.float32], query: SampledQuery, threshold: float
) -> float:
    top = min(TOP, len(item_vectors))
    good = int((item_vectors[found] @ query.vector >= threshold - _TIE * abs(threshold)).sum())
    return min(good, top) / top
