"""Truncated factorisation B ≈ P Qᵀ and its residual on B's support."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

_POWER_ITERATIONS = 2
_BLOCK = 1 << 12
_WORKERS = 2
FloatMatrix = NDArray[np.float32]


def truncated_svd(weights: csr_array, rank: int, seed: int) -> tuple[FloatMatrix, FloatMatrix]:
    """The best rank-`rank` approximation of B, as P and Q of shape (products, rank).

    √σ is on each side.

    Uses a randomised algorithm: Halko, Martinsson, Tropp, "Finding structure with randomness" (SIAM Review 2011).
    """
    rank = max(1, min(rank, min(weights.shape) - 1))
    if not weights.nnz:
        empty = np.zeros((weights.shape[0], rank), dtype=np.float32)
        return empty, empty.copy()
    # Imported here because it takes a second, and most commands do not need it.
    from sklearn.utils.extmath import randomized_svd

    left, singular, right = randomized_svd(weights, rank, n_iter=_POWER_ITERATIONS, random_state=seed)
    root = np.sqrt(singular)
    return (left * root).astype(np.float32, copy=False), (right.T * root).astype(np.float32, copy=False)


def residual(weights: csr_array, query_vectors: FloatMatrix, item_vectors: FloatMatrix) -> csr_array:
    """E = B − P Qᵀ on B's support.

    The dense difference is never formed.
    """
    rows = np.repeat(np.arange(weights.shape[0], dtype=np.int32), np.diff(weights.indptr))
    values = np.empty_like(weights.data)

    def fill(start: int) -> None:
        part = slice(start, start + _BLOCK)
        approximation = np.einsum("ij,ij->i", query_vectors[rows[part]], item_vectors[weights.indices[part]])
        values[part] = weights.data[part] - approximation

    with ThreadPoolExecutor(_WORKERS) as pool:
        deque(pool.map(fill, range(0, weights.nnz, _BLOCK)), maxlen=0)
    return csr_array((values, weights.indices, weights.indptr), shape=weights.shape)
