"""Item-based collaborative filtering: products bought together with those of the history."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.evaluation.baselines.baseline import Baseline
from indexer.evaluation.baselines.largest import largest
from indexer.protocol.tasks import Task
from recommender.arrays import FloatMatrix

_BLOCK = 256


@dataclass(frozen=True, slots=True)
class _ItemNeighbours:
    """Sums of similarities to the products of the history.

    S has shape (products, products). S_ji is the weight of a bought product j for product i.
    """

    name: str
    similarities: csr_array

    def scores(self, task: Task, part: slice) -> FloatMatrix:
        scores: FloatMatrix = (csr_array(task.history[part]) @ self.similarities).toarray()
        return scores


def item_knn(x: csr_array, neighbours: int = 100, *, block: int = _BLOCK) -> Baseline:
    """Sum, over the history, of the cosine with each product's `neighbours` nearest products.

    Sarwar et al., "Item-based collaborative filtering recommendation algorithms" (WWW 2001), in the form of
    Ferrari Dacrema, Cremonesi, Jannach, "Are we really making much progress?" (RecSys 2019): binary x (shape
    (shoppers, products)), no normalization of the sum. Sparse: memory grows with products times neighbours.
    """
    by_product = csr_array(x.T)
    counts = np.diff(by_product.indptr)
    unit = (1 / np.sqrt(np.maximum(counts, 1))).astype(np.float32)
    lengths, sources, cosines = [], [], []
    for start in range(0, x.shape[1], block):
        for others, values in _cosines(by_product, x, unit, start, block):
            kept = largest(values, neighbours)
            lengths.append(len(kept))
            sources.append(others[kept])
            cosines.append(values[kept])
    nearest = csr_array(
        (
            np.concatenate([*cosines, np.empty(0, np.float32)]),
            np.concatenate([*sources, np.empty(0, np.int32)]),
            np.concatenate([[0], np.cumsum(np.array(lengths, dtype=np.int64))]),
        ),
        shape=(x.shape[1], x.shape[1]),
    )
    return _ItemNeighbours("item-kNN", csr_array(nearest.T))


def _cosines(
    by_product: csr_array, x: csr_array, unit: NDArray[np.float32], start: int, block: int
) -> list[tuple[NDArray[np.int32], NDArray[np.float32]]]:
    """Products bought with each product of a block, and the cosines of their columns."""
    together = csr_array(by_product[start : start + block] @ x)
    together.sort_indices()
    rows = []
    for position in range(together.shape[0]):
        product = start + position
        entries = slice(together.indptr[position], together.indptr[position + 1])
        others = together.indices[entries]
        values = together.data[entries] * unit[others] * unit[product]
        rows.append((others[others != product], values[others != product]))
    return rows
