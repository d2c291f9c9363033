"""Relation of products by purchases and text, dense or computed on demand.

G = XᵀX + γ m K
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization.content import Content
from indexer.factorization.popularity import MAX_PRODUCTS
from indexer.progress import Advance

_BLOCK = 512
_WORKERS = 2
_LEADERS = 128
Neighbourhood = tuple[int, NDArray[np.int32]]


@dataclass(frozen=True, slots=True)
class GramLimits:
    """Sizes up to which tables are dense, and default numbers of neighbours.

    Attributes:
        dense_products: maximum number of products of a dense G. It takes 4 n² bytes, 1 GiB for the default.
        dense_neighbours, sparse_neighbours: neighbours per product with a dense and with a sparse G.
        popular_products: maximum number of products whose pairs all have a weight where popularity is added.
    """

    dense_products: int = 16_384
    dense_neighbours: int = 200
    sparse_neighbours: int = 100
    popular_products: int = MAX_PRODUCTS

    def neighbours(self, products: int) -> int:
        """Default number of neighbours for so many products."""
        return self.dense_neighbours if products <= self.dense_products else self.sparse_neighbours


DEFAULT_LIMITS = GramLimits()


@dataclass(frozen=True, slots=True)
class GramScale:
    """Terms of G. K is the squared positive cosine of content embeddings, see `text_kernel`.

    Attributes:
        counts: n_i = Σ_u X_ui², buyers per product, shape (products,).
        text_weight: γ m, with m the mean of n over warm products.
    """

    counts: NDArray[np.float32]
    text_weight: float

    def diagonal(self, content: Content) -> NDArray[np.float32]:
        """G_ii = n_i + γ m for products with text, n_i for others.

        Shape (products,).
        """
        has_text = content.text_of != content.no_text
        diagonal: NDArray[np.float32] = self.counts + np.float32(self.text_weight) * has_text
        return diagonal


def text_kernel(cosines: NDArray[np.float32]) -> NDArray[np.float32]:
    """K of pairs with these cosines: max(0, cos)². Works in place.

    Negative cosines count as 0. In a small catalog of pasta and drills, whose mean lies between both, the cosine of the
    two is about −½, and its square would relate them like two similar products. Without negative cosines, K need not be
    positive semi-definite. On real texts its smallest eigenvalue is 0 up to rounding, and every system has λ m I added.
    """
    np.maximum(cosines, 0, out=cosines)
    np.square(cosines, out=cosines)
    return cosines


def product_counts(matrix: csr_array) -> NDArray[np.float32]:
    """n_i = Σ_u X_ui², shape (products,).

    The number of distinct buyers if X contains purchases alone.
    """
    return np.asarray(matrix.power(2).sum(axis=0), dtype=np.float32).reshape(-1)


class Gram(Protocol):
    """G over the fitted products, dense or sparse."""

    def neighbourhoods(self, count: int, advance: Advance) -> Iterator[Neighbourhood]:
        """At most `count` neighbours of each fitted product, by cosine of G."""
        ...

    def submatrix(self, products: NDArray[np.integer]) -> NDArray[np.float32]:
        """G restricted to `products`, shape (len(products), len(products)). The caller may modify it.

        Only the lower triangle is valid, because G is symmetric.
        """
        ...


class DenseGram:
    """Dense G between all pairs of fitted products.

    Neighbours are exact, and each submatrix is one gather.
    """

    def __init__(
        self,
        matrix: csr_array,
        fitted: NDArray[np.int32],
        content: Content,
        scale: GramScale,
        advance: Advance,
        *,
        block: int = _BLOCK,
    ) -> None:
        """Computes the table for `fitted` product rows from X, shape (shoppers, products)."""
        fitted = _group_related(matrix, fitted, content, scale)
        self._block = block
        self._fitted = fitted
        self._place = np.full(matrix.shape[1], -1, dtype=np.int64)
        self._place[fitted] = np.arange(len(fitted))
        bought = csr_array(matrix[:, fitted])
        by_product = csr_array(bought.T)
        vectors = content.of_products(fitted)
        self._table = np.empty((len(fitted), len(fitted)), dtype=np.float32)

        def fill(start: int) -> int:
            part = slice(start, start + block)
            rows = self._table[part]
            (by_product[part] @ bought).toarray(out=rows)
            if scale.text_weight:
                kernel = text_kernel(vectors[part] @ vectors.T)
                kernel *= np.float32(scale.text_weight)
                rows += kernel
            return len(rows)

        with ThreadPoolExecutor(_WORKERS) as pool:
            for filled in pool.map(fill, range(0, len(fitted), block)):
                advance(filled)

    def neighbourhoods(self, count: int, advance: Advance) -> Iterator[Neighbourhood]:
        """See `Gram.neighbourhoods`."""
        inverse_norms = 1 / np.sqrt(np.maximum(np.diag(self._table), np.finfo(np.float32).tiny))
        first = max(len(self._fitted) - count, 0)
        for place, product in enumerate(self._fitted):
            cosine = self._table[place] * inverse_norms
            cosine[place] = -1
            nearest = np.argpartition(cosine, first)[first:] if first else np.arange(len(cosine))
            yield int(product), np.sort(self._fitted[nearest[cosine[nearest] > 0]])
            if place % self._block == self._block - 1:
                advance(self._block)
        advance(len(self._fitted) % self._block)

    def submatrix(self, products: NDArray[np.integer]) -> NDArray[np.float32]:
        """See `Gram.submatrix`."""
        places = self._place[products]
        # Only half is looked up, because the random memory accesses dominate the time.
        rows, columns, positions = _lower_triangle(len(products))
        restricted = np.zeros((len(products), len(products)), dtype=np.float32)
        starts = places * len(self._fitted)
        restricted.reshape(-1)[positions] = self._table.take(starts.take(rows) + places.take(columns))
        return restricted.T


def _group_related(
    matrix: csr_array, fitted: NDArray[np.int32], content: Content, scale: GramScale
) -> NDArray[np.int32]:
    """Orders `fitted` so that related products are adjacent. Submatrices then touch less memory.

    Each product is grouped with the leader, one of a few products, with the largest cosine of G.
    """
    if not len(fitted):
        return fitted
    leaders = fitted[:: max(len(fitted) // _LEADERS, 1)]
    gram = (csr_array(matrix[:, fitted]).T @ matrix[:, leaders]).toarray()
    gram += np.float32(scale.text_weight) * text_kernel(
        content.of_products(fitted) @ content.of_products(leaders).T
    )
    norms = np.sqrt(np.maximum(scale.diagonal(content)[leaders], np.finfo(np.float32).tiny))
    ordered: NDArray[np.int32] = fitted[np.argsort((gram / norms).argmax(axis=1), kind="stable")]
    return ordered


@lru_cache(maxsize=2)
def _lower_triangle(size: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of a lower triangle, and their positions in a column-major matrix."""
    rows, columns = np.tril_indices(size)
    return rows, columns, columns * size + rows
