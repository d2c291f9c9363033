"""Learns which products complete a basket."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from indexer.factorization import Purchases, Recipe
from indexer.factorization.content import Content
from indexer.factorization.fit import weights_by_ridge
from indexer.statistics.bought_together import baskets_of

RIDGE = 0.5
"""λ, relative to the mean number of baskets of a product."""
NEIGHBOURS = 100
MIN_BASKETS = 3
"""Minimum number of baskets of a product with weights."""
MIN_JOINT_BASKETS = 2
"""Minimum number of baskets with both products of a weight. A single one is coincidence."""
LARGE_BASKET = 5
"""Mean number of products of a basket from which on two joint baskets are a coincidence, too, because each product of a
large basket meets many others."""
SIZE_EXPONENT = 0.5
"""Orders count as their number of products to the power −½: a product of a large one meets many others by chance."""
MAX_PRODUCTS = 16_384
"""Maximum number of products with weights, those of the most baskets. The others have complements."""
MAX_WEIGHTS = 50
"""Maximum number of weights per product."""
MIN_WEIGHT = 0.002
"""Smallest weight that is kept. Weaker ones relate nearly all products."""
_ROWS_AT_ONCE = 2_048


@dataclass(frozen=True, slots=True)
class FittedCompanions:
    """Weights between products that joint orders support.

    Attributes:
        weights: V_ji of products i for a basket with product j. Shape (products, products).
        shares: share of the baskets that each product is in. Shape (products,).
    """

    weights: csr_array
    shares: NDArray[np.float32]

    def with_popularity(self, weight: float) -> csr_array:
        """W_ji = V_ji + `weight` p_i, with p the shares.

        Only the 50 largest positive weights of each product are kept.

        Where hardly any two products are bought together more often than by chance, the best sellers of the supported
        pairs complete most baskets.
        """
        added = self.weights.data + np.float32(weight) * self.shares[self.weights.indices]
        parts = added, self.weights.indices, self.weights.indptr
        return _largest(csr_array(parts, shape=self.weights.shape))


def companions_of(purchases: Purchases, content: Content, popularity_weight: float = 0.0) -> csr_array:
    """Weights W_ji of products i for a basket with product j. Shape (products, products).

    The score of i for a basket is Σ_j W_ji over its products j. See `FittedCompanions`.
    """
    return fit_companions(purchases, content).with_popularity(popularity_weight)


def fit_companions(purchases: Purchases, content: Content) -> FittedCompanions:
    """Fits weights by ridge regression over orders, or days of a shopper.

    V is the local form of EASE (Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019) with λ = m / 2
    on X of shape (baskets, products), each basket weighted by its number of products to the power −½. Unlike the summed
    confidence of pairs, it does not count twice what two products of the basket have in common. Only weights of pairs
    with two joint baskets are kept, three where baskets are large.
    """
    count = len(content.text_of)
    by_basket = baskets_of(purchases, count).by_basket
    matrix = csr_array(by_basket.astype(np.float32))
    sold = np.bincount(matrix.indices, minlength=count)
    shares = (sold / max(matrix.shape[0], 1)).astype(np.float32)
    fitted = np.argsort(-sold, kind="stable")[:MAX_PRODUCTS].astype(np.int32)
    fitted = fitted[sold[fitted] >= MIN_BASKETS]
    if len(fitted) < 2:
        return FittedCompanions(csr_array((count, count), dtype=matrix.dtype), shares)
    recipe = Recipe(text_weight=0.0, neighbours=NEIGHBOURS)
    (weights,) = weights_by_ridge(_weighted(matrix), fitted, content, recipe, [RIDGE])
    return FittedCompanions(_supported(weights.tocsr(), matrix), shares)


def _weighted(matrix: csr_array) -> csr_array:
    """`matrix` times the square root of each basket's weight, because G squares it."""
    sizes = np.diff(matrix.indptr)
    values = np.repeat(np.maximum(sizes, 1.0) ** (-SIZE_EXPONENT / 2), sizes).astype(np.float32)
    return csr_array((values, matrix.indices, matrix.indptr), shape=matrix.shape)


def _supported(weights: csr_array, matrix: csr_array) -> csr_array:
    """The weights of pairs with enough joint baskets."""
    by_product = csr_array(matrix.T)
    enough = MIN_JOINT_BASKETS + (matrix.nnz >= LARGE_BASKET * matrix.shape[0])
    parts = []
    for start in range(0, weights.shape[0], _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        joint = csr_array(by_product[rows] @ matrix)
        joint.data = (joint.data >= enough).astype(weights.dtype)
        parts.append(weights[rows].multiply(joint).tocsr())
    kept = csr_array(vstack(parts, format="csr"))
    kept.eliminate_zeros()
    return kept


def _largest(weights: csr_array) -> csr_array:
    """The largest weights of each row, largest first."""
    owners = np.repeat(np.arange(weights.shape[0]), np.diff(weights.indptr))
    order = np.lexsort((-weights.data, owners))
    place = np.arange(len(order)) - weights.indptr[owners[order]]
    kept = order[(place < MAX_WEIGHTS) & (weights.data[order] >= MIN_WEIGHT)]
    lengths = np.bincount(owners[kept], minlength=weights.shape[0])
    indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    values, columns = weights.data[kept].astype(np.float32), weights.indices[kept].astype(np.int32)
    return csr_array((values, columns, indptr), shape=weights.shape)
