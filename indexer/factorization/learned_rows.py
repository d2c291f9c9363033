"""Vectors and weights of products, in the row order of a snapshot."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True)
class LearnedRows:
    """Vectors and weights that a build learned, or a refresh took over.

    Everything but `order` is in the new row order.

    Attributes:
        order: product of each row, shape (products,). Warm products come first, then cold products with a vector,
            then the rest.
        warm: number of rows that are fitted from enough purchases.
        item_vectors, query_vectors: q_i = s_i Q_i and P_j, shape (indexed, dims).
        trend: s_i = t_i^δ, shape (indexed,).
        weights: B, shape (indexed, indexed).
        residuals: E on B's support, in the order of `weights.data`, shape (nnz,).
    """

    order: NDArray[np.int32]
    warm: int
    item_vectors: NDArray[np.float32]
    query_vectors: NDArray[np.float32]
    trend: NDArray[np.float32]
    weights: csr_array
    residuals: NDArray[np.float32]

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The arrays of the snapshot's layout, by name."""
        return {
            "item_vectors": self.item_vectors,
            "query_vectors": self.query_vectors,
            "trend": self.trend,
            "weights_indptr": self.weights.indptr.astype(np.int64),
            "weights_indices": self.weights.indices,
            "weights_values": self.weights.data,
            "weights_residuals": self.residuals,
        }


def paired(weights: csr_array, residuals: NDArray[np.float32]) -> csr_array:
    """B + iE as one complex matrix, so that both keep the same support."""
    values = weights.data.astype(np.complex64)
    values.imag = residuals
    return csr_array((values, weights.indices, weights.indptr), shape=weights.shape)


def split_pairs(pairs: csr_array) -> tuple[csr_array, NDArray[np.float32]]:
    """B and E of B + iE."""
    weights = csr_array((pairs.data.real.copy(), pairs.indices, pairs.indptr), shape=pairs.shape)
    return weights, pairs.data.imag.copy()
