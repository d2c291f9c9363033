"""The recipe from interactions and content embeddings to what a snapshot holds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_array, csr_array
from threadpoolctl import threadpool_limits

from indexer import progress
from indexer.factorization.cold import Borrowed, borrow, mixed_rows
from indexer.factorization.content import Content
from indexer.factorization.low_rank import residual, truncated_svd
from indexer.factorization.neighbours import GramScale, select_neighbours
from indexer.factorization.weights import LocalRidge, fit_weights


@dataclass(frozen=True, slots=True)
class Recipe:
    """Training parameters.

    Attributes:
        text_weight: γ, how much similar text counts beside being bought together.
        ridge: λ, how much weights are shrunk; None chooses 20 for dense purchase logs, 6 for sparse ones.
        neighbours: k, products that each product's weights are fitted over.
        rank: dims of item and query vectors.
        history_limit: latest products of a shopper that count.
        minimum_buyers: products with fewer buyers borrow from products with similar text.
        seed: of the factorisation's random projection and of Annoy's trees.
    """

    text_weight: float = 0.4
    ridge: float | None = None
    neighbours: int = 100
    rank: int = 256
    history_limit: int = 500
    minimum_buyers: int = 3
    seed: int = 1


DENSE_HISTORY = 50
"""Products per shopper from which on a purchase log counts as dense."""
DENSE_RIDGE, SPARSE_RIDGE = 20.0, 6.0
_BORROWED_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class Factors:
    """What was learnt; everything but `order` is in the new row order.

    Attributes:
        order: old product number of each new row: warm products first, most bought first, then cold ones with a
            vector, then the rest; shape (products,).
        warm: how many rows are fitted from purchases.
        item_vectors, query_vectors: Q and P; shape (indexed, dims).
        weights: B, shape (indexed, indexed).
        residuals: E on B's support, in the order of `weights.data`; shape (nnz,).
        ridge: the λ that was used.
    """

    order: NDArray[np.int32]
    warm: int
    item_vectors: NDArray[np.float32]
    query_vectors: NDArray[np.float32]
    weights: csr_array
    residuals: NDArray[np.float32]
    ridge: float


def fit(matrix: csr_array, content: Content, recipe: Recipe) -> Factors:
    """Fits item-item weights to X (shape (shoppers, products)) and text, and factorises them."""
    counts = np.asarray(matrix.sum(axis=0), dtype=np.float32).reshape(-1)
    by_count = np.argsort(-counts, kind="stable").astype(np.int32)
    warm = by_count[counts[by_count] >= recipe.minimum_buyers]
    scale = _gram_scale(matrix, counts, warm, recipe)
    with threadpool_limits(1), progress.stage("Fitting item-item weights", len(warm), "products") as advance:
        ridge = LocalRidge(matrix, content, scale)
        neighbourhoods = select_neighbours(matrix, warm, content, scale, recipe.neighbours, advance)
        weights = fit_weights(ridge, neighbourhoods, matrix.shape[1])
    with progress.stage("Factorising", None, "steps") as advance:
        query_vectors, item_vectors = truncated_svd(weights, recipe.rank, recipe.seed)
        advance(1)
        residuals = residual(weights, query_vectors, item_vectors)
        advance(1)
    cold = np.setdiff1d(by_count, warm).astype(np.int32)
    with progress.stage("Placing cold products", len(cold), "products") as advance:
        borrowed = borrow(cold, warm, content, advance)
    return _ordered(warm, borrowed, query_vectors, item_vectors, weights, residuals, scale, by_count)


def _gram_scale(
    matrix: csr_array, counts: NDArray[np.float32], warm: NDArray[np.int32], recipe: Recipe
) -> GramScale:
    mean_count = float(counts[warm].mean()) if len(warm) else 1.0
    shoppers = int((np.diff(matrix.indptr) > 0).sum())
    dense = matrix.nnz >= DENSE_HISTORY * max(shoppers, 1)
    ridge = recipe.ridge if recipe.ridge is not None else (DENSE_RIDGE if dense else SPARSE_RIDGE)
    return GramScale(counts, recipe.text_weight * mean_count, ridge * mean_count)


def _ordered(
    warm: NDArray[np.int32],
    borrowed: Borrowed,
    query_vectors: NDArray[np.float32],
    item_vectors: NDArray[np.float32],
    weights: csr_array,
    residuals: csr_array,
    scale: GramScale,
    by_count: NDArray[np.int32],
) -> Factors:
    """Adds what cold products borrow and brings everything into the new row order."""
    indexed = np.concatenate([warm, borrowed.products])
    rest = by_count[~np.isin(by_count, indexed)]
    mixing = borrowed.mixing
    pairs = _with_cold(_paired(weights, residuals), mixing, warm)
    return Factors(
        order=np.concatenate([indexed, rest]).astype(np.int32),
        warm=len(warm),
        item_vectors=np.concatenate([item_vectors[warm], mixing @ item_vectors]).astype(np.float32),
        query_vectors=np.concatenate([query_vectors[warm], mixing @ query_vectors]).astype(np.float32),
        weights=csr_array((pairs.data.real.copy(), pairs.indices, pairs.indptr), shape=pairs.shape),
        residuals=pairs.data.imag.copy(),
        ridge=scale.ridge,
    )


def _paired(weights: csr_array, residuals: csr_array) -> csr_array:
    """B + iE: one complex matrix, so that what is mixed and cut stays on one support for both."""
    values = weights.data.astype(np.complex64)
    values.imag = residuals.data
    return csr_array((values, weights.indices, weights.indptr), shape=weights.shape)


def _with_cold(pairs: csr_array, mixing: csr_array, warm: NDArray[np.int32]) -> csr_array:
    """B + iE over warm and cold products in the new order: [[warm, as items], [as history, 0]]."""
    between_warm = pairs[warm][:, warm]
    cold_as_items = mixed_rows(mixing, pairs.T.tocsr(), _BORROWED_ENTRIES)[:, warm].T
    cold_as_history = mixed_rows(mixing, pairs, _BORROWED_ENTRIES)[:, warm]
    joined = block_array([[between_warm, cold_as_items], [cold_as_history, None]], format="csr")
    joined.sort_indices()
    return joined
