"""Truncated factorization B ≈ P Qᵀ and its residual on B's support."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from recommender.arrays import FloatMatrix

_POWER_ITERATIONS = 2
_OVERSAMPLING = 10
_BLOCK = 1 << 12
_WORKERS = 2
_NOISE = 1e-6
"""Share of the largest eigenvalue below which an eigenvalue of a float32 Gram matrix is rounding error."""


def truncated_svd(weights: csr_array, rank: int, seed: int) -> tuple[FloatMatrix, FloatMatrix]:
    """The best rank-`rank` approximation of B, as P and Q of shape (products, rank).

    Each is scaled by √σ. Columns beyond B's own rank are 0. Uses a randomized algorithm: Halko, Martinsson, Tropp,
    "Finding structure with randomness" (SIAM Review 2011). All dense factorizations are of small Gram matrices, which
    costs a quarter of LAPACK's on tall matrices.
    """
    rank = max(1, min(rank, min(weights.shape) - 1))
    transposed = csr_array(weights.T)
    # The legacy generator is that of scikit-learn's `randomized_svd`, which has the same result.
    random = np.random.RandomState(seed).normal(size=(weights.shape[1], rank + _OVERSAMPLING))
    basis = _orthonormal(weights @ random.astype(np.float32))
    for _ in range(_POWER_ITERATIONS):
        basis = _orthonormal(weights @ _orthonormal(transposed @ basis))
    basis = _orthonormal(basis)  # once more, because the first pass is only as exact as its Gram matrix
    projected = transposed @ basis
    squares, rotation = _eigenpairs(projected)
    squares, rotation = squares[:rank], rotation[:, :rank]
    root = np.sqrt(np.sqrt(squares))
    left = basis @ (rotation * root).astype(np.float32)
    right = projected @ (rotation / root).astype(np.float32)
    missing = ((0, 0), (0, rank - len(squares)))
    return np.pad(left, missing), np.pad(right, missing)


def _orthonormal(matrix: FloatMatrix) -> FloatMatrix:
    """An orthonormal basis of the columns of `matrix`, shape (rows, at most columns).

    SVQB: Stathopoulos and Wu, "A block orthogonalization procedure with constant synchronization requirements" (SIAM
    Journal on Scientific Computing 2002). Like Cholesky-QR, it needs only matrix products. Unlike Cholesky-QR, it
    accepts columns that depend on each other.
    """
    squares, rotation = _eigenpairs(matrix)
    return matrix @ (rotation / np.sqrt(squares)).astype(np.float32)


def _eigenpairs(matrix: FloatMatrix) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Eigenvalues of MᵀM above rounding error, largest first, and their vectors."""
    values, vectors = np.linalg.eigh((matrix.T @ matrix).astype(np.float64))
    kept = np.flatnonzero(values > _NOISE * values.max(initial=0.0))[::-1]
    return values[kept], vectors[:, kept]


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
