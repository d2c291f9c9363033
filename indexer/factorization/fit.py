"""Fits and factorizes the model's item-item weights."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_array, csr_array
from threadpoolctl import ThreadpoolController

from indexer import progress
from indexer.factorization.cold import ColdMixing, mix_cold_products, mixed_rows, text_links
from indexer.factorization.content import Content
from indexer.factorization.gram import DEFAULT_LIMITS, DenseGram, Gram, GramLimits, GramScale, product_counts
from indexer.factorization.learned_rows import LearnedRows, paired, split_pairs
from indexer.factorization.low_rank import residual, truncated_svd
from indexer.factorization.popularity import append_dimension, has_dimension, shopper_count, with_popularity
from indexer.factorization.recipe import TEXT_WEIGHT, Recipe, default_ridge
from indexer.factorization.sparse_gram import SparseGram
from indexer.factorization.weights import fit_weights

SMALL_CATALOG_COLD_WEIGHTS, LARGE_CATALOG_COLD_WEIGHTS = 300, 50
"""Weights per cold product in each direction. In a small catalog, as many as a warm product has."""

COLD_HISTORY = 0.3
"""Weight of a cold product in a history relative to a warm one. Its warm neighbours in the same history carry most of
its information already."""


@dataclass(frozen=True, slots=True)
class Factors(LearnedRows):
    """The fitted model.

    A cold product with text gets a mixture of warm vectors. One without text is fitted to its few buyers.

    Attributes:
        ridge: λ that was used.
        popularity_dimensions: number of dimensions at the end of the vectors, 0 or 1, that add popularity.
    """

    ridge: float
    popularity_dimensions: int = 0


@dataclass(frozen=True, slots=True)
class _Fitted:
    """Products with fitted weights, and their factors, in the catalog's order.

    Attributes:
        products: warm products first, then cold ones without text, shape (fitted,).
        warm: number of warm products.
        query_vectors, item_vectors: P and Q, shape (products, dims).
        ridge: λ that was used.
    """

    products: NDArray[np.int32]
    warm: int
    query_vectors: NDArray[np.float32]
    item_vectors: NDArray[np.float32]
    ridge: float


@cache
def _thread_pools() -> ThreadpoolController:
    """The thread pools of the loaded libraries. To find them takes 3 ms."""
    return ThreadpoolController()


def fit(
    matrix: csr_array,
    content: Content,
    trend: NDArray[np.float32],
    recipe: Recipe,
    buyers: NDArray[np.integer] | None = None,
    limits: GramLimits = DEFAULT_LIMITS,
) -> Factors:
    """Fits item-item weights to X (shape (shoppers, products)) and text, and factorizes them.

    Args:
        matrix: X.
        content: content embeddings of all products.
        trend: s_i, factor of a product's scores, shape (products,).
        recipe: training parameters.
        buyers: distinct buyers of each product, which decide whether it is warm. None counts those in X, where long
            histories are truncated.
        limits: numbers of products up to which G is dense and every pair adds popularity, and numbers of neighbours.
    """
    counts = product_counts(matrix)
    by_count = np.argsort(-counts, kind="stable").astype(np.int32)
    bought = counts if buyers is None else buyers
    warm = by_count[bought[by_count] >= recipe.minimum_buyers]
    fitted = np.concatenate([warm, _without_text(by_count, bought, content, recipe.minimum_buyers)])
    weights, ridge = item_weights(matrix, fitted, content, recipe, limits)
    popularity, shares = recipe.popularity_weight or 0.0, bought / shopper_count(matrix)
    weights = with_popularity(weights, fitted, shares, popularity, limits.popular_products)
    has_popularity = has_dimension(popularity, len(fitted), limits.popular_products)
    with _thread_pools().limit(limits=1), progress.stage("Factorizing", None, "steps") as advance:
        query_vectors, item_vectors = truncated_svd(weights, recipe.rank - has_popularity, recipe.seed)
        advance(1)
        residuals = residual(weights, query_vectors, item_vectors)
        advance(1)
    cold = np.setdiff1d(by_count, fitted).astype(np.int32)
    with progress.stage("Adding cold products", len(cold), "products") as advance:
        mixed = mix_cold_products(cold, warm, content, advance)
    pairs = _with_cold(
        paired(weights, residuals.data),
        mixed,
        text_links(mixed, content) * np.float32(recipe.cold_text_weight or 0),
        fitted,
        limits,
    )
    vectors = _Fitted(fitted, len(warm), query_vectors, item_vectors, ridge)
    factors = _ordered(vectors, mixed, pairs, by_count)
    if has_popularity:
        factors = _with_popularity(factors, popularity * shares[fitted])
    return _with_trend(factors, trend)


def _with_popularity(factors: Factors, shares: NDArray[np.floating]) -> Factors:
    """Adds `shares` of the first products to all weights. Cold products are not popular."""
    padded = np.zeros(len(factors.item_vectors), np.float32)
    padded[: len(shares)] = shares
    query_vectors, item_vectors = append_dimension(factors.query_vectors, factors.item_vectors, padded)
    return replace(factors, query_vectors=query_vectors, item_vectors=item_vectors, popularity_dimensions=1)


def _without_text(
    by_count: NDArray[np.int32], bought: NDArray[np.number], content: Content, minimum_buyers: int
) -> NDArray[np.int32]:
    """Cold products with buyers but without text. They are fitted to their few buyers."""
    few = (bought[by_count] > 0) & (bought[by_count] < minimum_buyers)
    found: NDArray[np.int32] = by_count[few & (content.text_of[by_count] == content.no_text)]
    return found


def item_weights(
    matrix: csr_array,
    fitted: NDArray[np.int32],
    content: Content,
    recipe: Recipe,
    limits: GramLimits = DEFAULT_LIMITS,
) -> tuple[csr_array, float]:
    """B over `fitted` products, shape (products, products), and λ.

    This is the longest part of a fit. The mean count m is over those products with enough buyers.
    """
    ridge = recipe.ridge if recipe.ridge is not None else default_ridge(matrix)
    (weights,) = weights_by_ridge(matrix, fitted, content, recipe, [ridge], limits)
    return weights, ridge


def weights_by_ridge(
    matrix: csr_array,
    fitted: NDArray[np.int32],
    content: Content,
    recipe: Recipe,
    ridges: Sequence[float],
    limits: GramLimits = DEFAULT_LIMITS,
) -> list[csr_array]:
    """B for each of `ridges`, see `item_weights`.

    They share G and its neighbourhoods.
    """
    text_weight = TEXT_WEIGHT if recipe.text_weight is None else recipe.text_weight
    mean_count = _mean_count(matrix, fitted, recipe.minimum_buyers)
    scale = GramScale(product_counts(matrix), text_weight * mean_count)
    neighbours = recipe.neighbours or limits.neighbours(len(fitted))
    with (
        _thread_pools().limit(limits=1),
        progress.stage("Relating products", len(fitted), "products") as advance,
    ):
        gram: Gram = (
            DenseGram(matrix, fitted, content, scale, advance)
            if len(fitted) <= limits.dense_products
            else SparseGram(matrix, fitted, content, scale)
        )
    with (
        _thread_pools().limit(limits=1),
        progress.stage("Fitting item-item weights", len(fitted), "products") as advance,
    ):
        neighbourhoods = gram.neighbourhoods(neighbours, advance)
        scaled = [ridge * mean_count for ridge in ridges]
        return fit_weights(gram, scaled, neighbourhoods, matrix.shape[1])


def _with_trend(factors: Factors, trend: NDArray[np.float32]) -> Factors:
    ordered = trend[factors.order[: len(factors.item_vectors)]].astype(np.float32)
    return replace(factors, item_vectors=factors.item_vectors * ordered[:, None], trend=ordered)


def _mean_count(matrix: csr_array, fitted: NDArray[np.int32], minimum_buyers: int) -> float:
    """m, the mean count of the `fitted` products with enough buyers."""
    counts = product_counts(matrix)
    enough = fitted[counts[fitted] >= minimum_buyers]
    return float(counts[enough if len(enough) else fitted].mean()) if len(fitted) else 1.0


def _ordered(fitted: _Fitted, mixed: ColdMixing, pairs: csr_array, by_count: NDArray[np.int32]) -> Factors:
    """Adds cold products and brings everything into the new row order.

    Args:
        fitted: products with fitted weights.
        mixed: cold products that mix the vectors of warm ones.
        pairs: B + iE over both, in this order.
        by_count: all products, by number of purchases.
    """
    indexed = np.concatenate([fitted.products, mixed.products])
    rest = by_count[~np.isin(by_count, indexed)]
    weights, residuals = split_pairs(pairs)
    return Factors(
        order=np.concatenate([indexed, rest]).astype(np.int32),
        warm=fitted.warm,
        item_vectors=_with_mixed(fitted.item_vectors, fitted.products, mixed),
        query_vectors=_with_mixed(fitted.query_vectors, fitted.products, mixed, COLD_HISTORY),
        trend=np.ones(len(indexed), dtype=np.float32),
        weights=weights,
        residuals=residuals,
        ridge=fitted.ridge,
    )


def _with_mixed(
    vectors: NDArray[np.float32], fitted: NDArray[np.int32], mixed: ColdMixing, scale: float = 1.0
) -> NDArray[np.float32]:
    """Vectors of the fitted products, then those of the mixed ones times `scale`."""
    of_texts = scale * (mixed.mixing @ vectors)
    return np.concatenate([vectors[fitted], of_texts[mixed.texts]]).astype(np.float32)


def cold_entries(indexed: int, limits: GramLimits = DEFAULT_LIMITS) -> int:
    """Maximum number of weights of a cold product in each direction."""
    small = indexed <= limits.dense_products
    return SMALL_CATALOG_COLD_WEIGHTS if small else LARGE_CATALOG_COLD_WEIGHTS


def _with_cold(
    pairs: csr_array,
    mixed: ColdMixing,
    links: csr_array,
    fitted: NDArray[np.int32],
    limits: GramLimits,
) -> csr_array:
    """B + iE over indexed products: [[fitted, items], [history, 0]].

    `links` are added to the mixed weights of cold products, as items.
    """
    # Every block is CSR and none is None. Other blocks are joined by coordinates, which takes twice the memory.
    cold, texts = len(mixed.products), mixed.texts
    entries = cold_entries(cold + len(fitted), limits)
    as_items = (mixed_rows(mixed.mixing, pairs.T.tocsr(), entries) + links)[:, fitted].tocsr()
    as_history = COLD_HISTORY * mixed_rows(mixed.mixing, pairs, entries)[:, fitted]
    nothing = csr_array((cold, cold), dtype=pairs.dtype)
    blocks = [[pairs[fitted][:, fitted], as_items[texts].T.tocsr()], [as_history[texts], nothing]]
    joined = block_array(blocks, format="csr")
    joined.sort_indices()
    return joined
