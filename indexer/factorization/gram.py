"""G = XᵀX + γ m K: how products are related by purchases and by text, held as a table or worked out as needed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization.content import Content
from indexer.progress import Advance

TABLE_PRODUCTS = 16_384
"""Most products that a table is made for: it takes 4 n² bytes, 1 GiB for as many."""

_BLOCK = 512
_WORKERS = 2
_LEADERS = 128
Neighbourhood = tuple[int, NDArray[np.int32]]


@dataclass(frozen=True, slots=True)
class GramScale:
    """The terms of G = XᵀX + γ m K, with K the squared cosine of content embeddings.

    Attributes:
        counts: n_i = Σ_u X_ui², buyers per product; shape (products,).
        text_weight: γ m, with m the mean of n over warm products.
        ridge: λ m.
    """

    counts: NDArray[np.float32]
    text_weight: float
    ridge: float

    def diagonal(self, content: Content) -> NDArray[np.float32]:
        """G_ii = n_i + γ m for products with text, n_i for those without; shape (products,)."""
        has_text = content.text_of != content.no_text
        diagonal: NDArray[np.float32] = self.counts + np.float32(self.text_weight) * has_text
        return diagonal


def product_counts(matrix: csr_array) -> NDArray[np.float32]:
    """n_i = Σ_u X_ui², shape (products,): distinct buyers, where X holds purchases alone."""
    return np.asarray(matrix.power(2).sum(axis=0), dtype=np.float32).reshape(-1)


class Gram(Protocol):
    """G over the warm products; as a table where it fits, else sparse."""

    def neighbourhoods(self, count: int, advance: Advance) -> Iterator[Neighbourhood]:
        """For each warm product the at most `count` others with the largest cosine of G, ascending."""
        ...

    def among(self, products: NDArray[np.integer]) -> NDArray[np.float32]:
        """G restricted to `products`, the caller's to write in; shape (len(products), len(products)).

        Only the lower triangle counts, G is symmetric.
        """
        ...


class GramTable:
    """G between all pairs of warm products: exact neighbours, and each restriction is one gather."""

    def __init__(
        self,
        matrix: csr_array,
        warm: NDArray[np.int32],
        content: Content,
        scale: GramScale,
        advance: Advance,
    ) -> None:
        """Forms the table for `warm` (rows of products) from X, shape (shoppers, products)."""
        warm = _related_together(matrix, warm, content, scale)
        self._warm = warm
        self._place = np.full(matrix.shape[1], -1, dtype=np.int64)
        self._place[warm] = np.arange(len(warm))
        bought = csr_array(matrix[:, warm])
        by_product = csr_array(bought.T)
        vectors = content.of_products(warm)
        self._table = np.empty((len(warm), len(warm)), dtype=np.float32)

        def fill(start: int) -> int:
            part = slice(start, start + _BLOCK)
            block = self._table[part]
            np.matmul(vectors[part], vectors.T, out=block)
            np.square(block, out=block)
            block *= np.float32(scale.text_weight)
            block += (by_product[part] @ bought).toarray()
            return len(block)

        with ThreadPoolExecutor(_WORKERS) as pool:
            for filled in pool.map(fill, range(0, len(warm), _BLOCK)):
                advance(filled)

    def neighbourhoods(self, count: int, advance: Advance) -> Iterator[Neighbourhood]:
        """See Gram."""
        inverse_norms = 1 / np.sqrt(np.maximum(np.diag(self._table), np.finfo(np.float32).tiny))
        first = max(len(self._warm) - count, 0)
        for place, product in enumerate(self._warm):
            cosine = self._table[place] * inverse_norms
            cosine[place] = -1
            nearest = np.argpartition(cosine, first)[first:] if first else np.arange(len(cosine))
            yield int(product), np.sort(self._warm[nearest[cosine[nearest] > 0]])
            if place % _BLOCK == _BLOCK - 1:
                advance(_BLOCK)
        advance(len(self._warm) % _BLOCK)

    def among(self, products: NDArray[np.integer]) -> NDArray[np.float32]:
        """See Gram."""
        places = self._place[products]
        # Half of it is looked up: what takes the time is that each entry is somewhere else in memory.
        rows, columns, positions = _lower_triangle(len(products))
        restricted = np.zeros((len(products), len(products)), dtype=np.float32)
        starts = places * len(self._warm)
        restricted.reshape(-1)[positions] = self._table.take(starts.take(rows) + places.take(columns))
        return restricted.T


def _related_together(
    matrix: csr_array, warm: NDArray[np.int32], content: Content, scale: GramScale
) -> NDArray[np.int32]:
    """`warm` in an order that has related products side by side: restrictions then touch less memory.

    Each product goes to the one of a few leaders with which its cosine of G is largest.
    """
    if not len(warm):
        return warm
    leaders = warm[:: max(len(warm) // _LEADERS, 1)]
    gram = (csr_array(matrix[:, warm]).T @ matrix[:, leaders]).toarray()
    gram += np.float32(scale.text_weight) * (content.of_products(warm) @ content.of_products(leaders).T) ** 2
    norms = np.sqrt(np.maximum(scale.diagonal(content)[leaders], np.finfo(np.float32).tiny))
    ordered: NDArray[np.int32] = warm[np.argsort((gram / norms).argmax(axis=1), kind="stable")]
    return ordered


@lru_cache(maxsize=2)
def _lower_triangle(size: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Rows, columns, and positions of both in a matrix that is stored column by column."""
    rows, columns = np.tril_indices(size)
    return rows, columns, columns * size + rows
