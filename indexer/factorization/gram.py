"""G = XᵀX + γ m K: how products are related by purchases and by text, held as a table or worked out as needed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization.content import Content
from indexer.progress import Advance

TABLE_PRODUCTS = 16_384
"""Most products that a table is made for: it takes 4 n² bytes, 1 GiB for as many."""

_BLOCK = 512
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
        """G restricted to `products`, the caller's to write in; shape (len(products), len(products))."""
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
        self._warm = warm
        self._place = np.full(matrix.shape[1], -1, dtype=np.int64)
        self._place[warm] = np.arange(len(warm))
        bought = csr_array(matrix[:, warm])
        by_product = csr_array(bought.T)
        vectors = content.of_products(warm)
        self._table = np.empty((len(warm), len(warm)), dtype=np.float32)
        for start in range(0, len(warm), _BLOCK):
            part = slice(start, start + _BLOCK)
            block = self._table[part]
            np.matmul(vectors[part], vectors.T, out=block)
            np.square(block, out=block)
            block *= np.float32(scale.text_weight)
            block += (by_product[part] @ bought).toarray()
            advance(len(block))

    def neighbourhoods(self, count: int, advance: Advance) -> Iterator[Neighbourhood]:
        """See Gram."""
        norms = np.sqrt(np.maximum(np.diag(self._table), np.finfo(np.float32).tiny))
        for place, product in enumerate(self._warm):
            cosine = self._table[place] / norms
            cosine[place] = -1
            related = np.flatnonzero(cosine > 0)
            if len(related) > count:
                related = related[np.argpartition(-cosine[related], count)[:count]]
            yield int(product), np.sort(self._warm[related])
            if place % _BLOCK == _BLOCK - 1:
                advance(_BLOCK)
        advance(len(self._warm) % _BLOCK)

    def among(self, products: NDArray[np.integer]) -> NDArray[np.float32]:
        """See Gram."""
        places = self._place[products]
        restricted: NDArray[np.float32] = self._table.take(places[:, None] * len(self._warm) + places)
        return restricted
