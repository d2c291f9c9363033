"""The recipe from interactions and content embeddings to what a snapshot holds."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_array, csr_array
from threadpoolctl import threadpool_limits

from indexer import progress
from indexer.factorization.cold import Borrowed, borrow, mixed_rows
from indexer.factorization.content import Content
from indexer.factorization.gram import TABLE_PRODUCTS, Gram, GramScale, GramTable, product_counts
from indexer.factorization.low_rank import residual, truncated_svd
from indexer.factorization.sparse_gram import SparseGram
from indexer.factorization.weights import fit_weights


@dataclass(frozen=True, slots=True)
class Recipe:
    """Training parameters.

    Attributes:
        text_weight: γ, how much similar text counts beside being bought together; None chooses 0.4, or 0 where
            rolling windows speak against it.
        ridge: λ, how much weights are shrunk; None chooses 10 for dense purchase logs, 6 for sparse ones, or three or
            ten times that where rolling windows agree.
        neighbours: k, products that each product's weights are fitted over; None chooses 200 for up to 16,384
            products, 100 beyond.
        rank: dims of item and query vectors.
        history_limit: latest products of a shopper that count.
        minimum_buyers: products with fewer buyers borrow from products with similar text.
        trend_exponent: δ, how much what sells now counts; None chooses it on rolling windows.
        trend_half_life_days: age at which a purchase counts half as recent demand.
        browsing_weight: how much a product in the cart counts that was never bought, beside 1 for a bought one; a
            view counts half of it; 0 leaves both out.
        seed: of the factorisation's random projection and of Annoy's trees.
    """

    text_weight: float | None = None
    ridge: float | None = None
    neighbours: int | None = None
    rank: int = 256
    history_limit: int = 500
    minimum_buyers: int = 2
    trend_exponent: float | None = None
    trend_half_life_days: float = 7.0
    browsing_weight: float = 0.0
    seed: int = 1


DENSE_HISTORY = 50
"""Products per shopper from which on a purchase log counts as dense."""
DENSE_RIDGE, SPARSE_RIDGE = 10.0, 6.0
TEXT_WEIGHT = 0.4
TABLE_NEIGHBOURS, SPARSE_NEIGHBOURS = 200, 100
TABLE_BORROWED, SPARSE_BORROWED = 300, 50
"""Weights that a cold product borrows in each direction: as many as a warm one has where the catalogue is small."""

COLD_HISTORY = 0.3
"""How much having bought a cold product says, beside a warm one: what it borrows, its warm neighbours in the same
history have mostly said already."""


@dataclass(frozen=True, slots=True)
class Factors:
    """What was learnt; everything but `order` is in the new row order.

    Attributes:
        order: old product number of each new row: warm products first, most bought first, then cold ones with a
            vector (fitted to their few buyers where they have no text, borrowed else), then the rest; shape
            (products,).
        warm: how many rows are fitted from enough purchases.
        item_vectors, query_vectors: q_i = s_i Q_i and P_j; shape (indexed, dims).
        trend: s_i = t_i^δ; shape (indexed,).
        weights: B, shape (indexed, indexed).
        residuals: E on B's support, in the order of `weights.data`; shape (nnz,).
        ridge: the λ that was used.
    """

    order: NDArray[np.int32]
    warm: int
    item_vectors: NDArray[np.float32]
    query_vectors: NDArray[np.float32]
    trend: NDArray[np.float32]
    weights: csr_array
    residuals: NDArray[np.float32]
    ridge: float


def fit(
    matrix: csr_array,
    content: Content,
    trend: NDArray[np.float32],
    recipe: Recipe,
    buyers: NDArray[np.integer] | None = None,
) -> Factors:
    """Fits item-item weights to X (shape (shoppers, products)) and text, and factorises them.

    Args:
        matrix: X.
        content: content embeddings of all products.
        trend: s_i, by which a product's scores are multiplied; shape (products,).
        recipe: training parameters.
        buyers: distinct buyers of each product, by which it is warm or cold; None counts those in X, where long
            histories are cut.
    """
    counts = product_counts(matrix)
    by_count = np.argsort(-counts, kind="stable").astype(np.int32)
    bought = counts if buyers is None else buyers
    warm = by_count[bought[by_count] >= recipe.minimum_buyers]
    fitted = np.concatenate([warm, _without_text(by_count, bought, content, recipe.minimum_buyers)])
    weights, ridge = item_weights(matrix, fitted, content, recipe)
    with threadpool_limits(2), progress.stage("Factorising", None, "steps") as advance:
        query_vectors, item_vectors = truncated_svd(weights, recipe.rank, recipe.seed)
        advance(1)
        residuals = residual(weights, query_vectors, item_vectors)
        advance(1)
    cold = np.setdiff1d(by_count, fitted).astype(np.int32)
    with progress.stage("Placing cold products", len(cold), "products") as advance:
        borrowed = borrow(cold, warm, content, advance)
    factors = _ordered(fitted, borrowed, query_vectors, item_vectors, weights, residuals, ridge, by_count)
    return _with_trend(replace(factors, warm=len(warm)), trend)


def _without_text(
    by_count: NDArray[np.int32], bought: NDArray[np.number], content: Content, minimum_buyers: int
) -> NDArray[np.int32]:
    """Cold products that somebody bought but that have no text to borrow by: their few buyers are all there is."""
    few = (bought[by_count] > 0) & (bought[by_count] < minimum_buyers)
    found: NDArray[np.int32] = by_count[few & (content.text_of[by_count] == content.no_text)]
    return found


def item_weights(
    matrix: csr_array, warm: NDArray[np.int32], content: Content, recipe: Recipe
) -> tuple[csr_array, float]:
    """B over `warm` products, shape (products, products), and λ: the longest part of a fit.

    The mean count m is that of the products with enough buyers among them.
    """
    ridge = recipe.ridge if recipe.ridge is not None else default_ridge(matrix)
    text_weight = TEXT_WEIGHT if recipe.text_weight is None else recipe.text_weight
    scale = _gram_scale(matrix, warm, text_weight, ridge, recipe.minimum_buyers)
    gram: Gram = SparseGram(matrix, warm, content, scale)
    neighbours = SPARSE_NEIGHBOURS
    if len(warm) <= TABLE_PRODUCTS:
        with threadpool_limits(1), progress.stage("Relating products", len(warm), "products") as advance:
            gram, neighbours = GramTable(matrix, warm, content, scale, advance), TABLE_NEIGHBOURS
    with threadpool_limits(1), progress.stage("Fitting item-item weights", len(warm), "products") as advance:
        neighbourhoods = gram.neighbourhoods(recipe.neighbours or neighbours, advance)
        return fit_weights(gram, scale.ridge, neighbourhoods, matrix.shape[1]), ridge


def _with_trend(factors: Factors, trend: NDArray[np.float32]) -> Factors:
    ordered = trend[factors.order[: len(factors.item_vectors)]].astype(np.float32)
    return replace(factors, item_vectors=factors.item_vectors * ordered[:, None], trend=ordered)


def default_ridge(matrix: csr_array) -> float:
    """λ where none is set: by how many products the average shopper of X bought."""
    shoppers = int((np.diff(matrix.indptr) > 0).sum())
    return DENSE_RIDGE if matrix.nnz >= DENSE_HISTORY * max(shoppers, 1) else SPARSE_RIDGE


def _gram_scale(
    matrix: csr_array, warm: NDArray[np.int32], text_weight: float, ridge: float, minimum_buyers: int
) -> GramScale:
    counts = product_counts(matrix)
    enough = warm[counts[warm] >= minimum_buyers]
    mean_count = float(counts[enough if len(enough) else warm].mean()) if len(warm) else 1.0
    return GramScale(counts, text_weight * mean_count, ridge * mean_count)


def _ordered(
    warm: NDArray[np.int32],
    borrowed: Borrowed,
    query_vectors: NDArray[np.float32],
    item_vectors: NDArray[np.float32],
    weights: csr_array,
    residuals: csr_array,
    ridge: float,
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
        query_vectors=np.concatenate([query_vectors[warm], COLD_HISTORY * (mixing @ query_vectors)]).astype(
            np.float32
        ),
        trend=np.ones(len(indexed), dtype=np.float32),
        weights=csr_array((pairs.data.real.copy(), pairs.indices, pairs.indptr), shape=pairs.shape),
        residuals=pairs.data.imag.copy(),
        ridge=ridge,
    )


def _paired(weights: csr_array, residuals: csr_array) -> csr_array:
    """B + iE: one complex matrix, so that what is mixed and cut stays on one support for both."""
    values = weights.data.astype(np.complex64)
    values.imag = residuals.data
    return csr_array((values, weights.indices, weights.indptr), shape=weights.shape)


def _with_cold(pairs: csr_array, mixing: csr_array, warm: NDArray[np.int32]) -> csr_array:
    """B + iE over warm and cold products in the new order: [[warm, as items], [as history, 0]]."""
    # All CSR and no None: anything else is joined by way of coordinates, which need twice the memory.
    entries = TABLE_BORROWED if mixing.shape[0] + len(warm) <= TABLE_PRODUCTS else SPARSE_BORROWED
    cold_as_items = mixed_rows(mixing, pairs.T.tocsr(), entries)[:, warm].T.tocsr()
    cold_as_history = COLD_HISTORY * mixed_rows(mixing, pairs, entries)[:, warm]
    nothing = csr_array((mixing.shape[0], mixing.shape[0]), dtype=pairs.dtype)
    between_warm = pairs[warm][:, warm]
    joined = block_array([[between_warm, cold_as_items], [cold_as_history, nothing]], format="csr")
    joined.sort_indices()
    return joined
