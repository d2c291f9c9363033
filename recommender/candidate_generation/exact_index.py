"""The exact item index, a reference for approximate ones."""

import numpy as np
from numpy.typing import NDArray

from recommender.arrays import FloatVector, Rows


class ExactIndex:
    """Largest inner products by one matrix-vector product over all item vectors."""

    def __init__(self, item_vectors: NDArray[np.float32]) -> None:
        """Searches `item_vectors`, shape (n, dims)."""
        self._item_vectors = item_vectors

    def nearest(self, query_vector: FloatVector, count: int, search_k: int) -> Rows:
        """Rows of the `count` largest inner products, best first. Ignores `search_k`."""
        del search_k
        products = self._item_vectors @ query_vector
        count = min(count, len(products))
        best = np.argpartition(-products, count - 1)[:count] if count else np.empty(0, np.intp)
        return best[np.argsort(-products[best], kind="stable")].astype(np.int32)
