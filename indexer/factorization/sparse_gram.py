"""Sparse G for large catalogs.

Neighbours are found by joint purchases and nearest texts. Submatrices are computed on demand.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from indexer.factorization.content import Content
from indexer.factorization.gram import GramScale, Neighbourhood, text_kernel
from indexer.factorization.nearest_texts import NearestProducts, TextMatches
from indexer.progress import Advance

_BLOCK = 256
_PER_TEXT = 8
_SHOPPERS_AT_ONCE = 8192
_TABLE_PER_PURCHASE = 50
"""Shoppers per purchase up to which a table of all shoppers is cheaper than sorting the purchases."""


class SparseGram:
    """G over fitted products, with time and memory linear in their number."""

    def __init__(
        self,
        matrix: csr_array,
        fitted: NDArray[np.int32],
        content: Content,
        scale: GramScale,
        *,
        block: int = _BLOCK,
        shoppers_at_once: int = _SHOPPERS_AT_ONCE,
    ) -> None:
        """Prepares G from X (shape (shoppers, products)), fitted rows, content embeddings and its terms."""
        self._block, self._shoppers_at_once = block, shoppers_at_once
        columns = csc_array(matrix)
        self._matrix = matrix
        self._indptr, self._shoppers = columns.indptr.astype(np.int64), columns.indices
        self._values = columns.data.astype(np.float32)
        self._fitted, self._content, self._scale = fitted, content, scale
        self._norms = np.sqrt(scale.diagonal(content))

    def neighbourhoods(self, count: int, advance: Advance) -> Iterator[Neighbourhood]:
        """See `Gram.neighbourhoods`.

        Exact among the 2 `count` best by purchases and those with the nearest texts.
        """
        is_fitted = np.zeros(self._matrix.shape[1], dtype=np.bool_)
        is_fitted[self._fitted] = True
        nearest = NearestProducts(self._content, self._fitted, _PER_TEXT)
        by_product = csr_array(self._matrix.T)
        # Many products share a text. In their order, each text is searched for once.
        text_of = self._content.text_of
        fitted = self._fitted[np.argsort(text_of[self._fitted], kind="stable")]
        for start in range(0, len(fitted), self._block):
            block = fitted[start : start + self._block]
            together = csr_array(by_product[block] @ self._matrix)
            texts, places = np.unique(text_of[block], return_inverse=True)
            matches = nearest.search(texts, count)
            for position, product in enumerate(block):
                low, high = together.indptr[position], together.indptr[position + 1]
                others, counts = together.indices[low:high], together.data[low:high]
                keep = is_fitted[others] & (others != product)
                rows = self._most_related(
                    int(product), others[keep], counts[keep], matches, int(places[position]), count
                )
                yield int(product), rows
            advance(len(block))

    def _most_related(
        self,
        product: int,
        others: NDArray[np.int32],
        counts: NDArray[np.float32],
        matches: TextMatches,
        place: int,
        count: int,
    ) -> NDArray[np.int32]:
        """Preselects by joint purchases, adds nearest texts, ranks by the exact cosine of G."""
        if len(others) > 2 * count:
            rough = counts / self._norms[others]
            best = np.argpartition(-rough, 2 * count)[: 2 * count]
            others, counts = others[best], counts[best]
        by_text = matches.products[place]
        rows, counts = _joined(others, counts, by_text[by_text != product])
        relation = counts + self._scale.text_weight * text_kernel(matches.cosines(place, rows))
        related = relation > 0
        rows, relation = rows[related], relation[related]
        if len(rows) <= count:
            return rows
        cosine = relation / self._norms[rows]
        return np.sort(rows[np.argpartition(-cosine, count)[:count]])

    def submatrix(self, products: NDArray[np.integer]) -> NDArray[np.float32]:
        """See `Gram.submatrix`."""
        kernel = self._content.of_products(products)
        gram = text_kernel(kernel @ kernel.T) * np.float32(self._scale.text_weight)
        gram += self._bought_together(products)
        return gram.T

    def _bought_together(self, products: NDArray[np.integer]) -> NDArray[np.float32]:
        starts = self._indptr[products]
        lengths = self._indptr[products + 1] - starts
        ends = np.cumsum(lengths)
        positions = np.arange(ends[-1]) + np.repeat(starts - (ends - lengths), lengths)
        owners = np.repeat(np.arange(len(products)), lengths)
        # Shoppers of only one of the products add to the diagonal alone. Most shoppers of rare products do.
        kept, places, count = self._shoppers_of_several(self._shoppers[positions])
        owners, values = owners[kept], self._values[positions[kept]]
        together = np.zeros((len(products), len(products)), dtype=np.float32)
        for low in range(0, count, self._shoppers_at_once):
            high = min(low + self._shoppers_at_once, count)
            here = (places >= low) & (places < high) if count > self._shoppers_at_once else slice(None)
            bought = np.zeros((len(products), high - low), dtype=np.float32)
            bought[owners[here], places[here] - low] = values[here]
            together += bought @ bought.T
        np.fill_diagonal(together, self._scale.counts[products])
        return together

    def _shoppers_of_several(
        self, shoppers: NDArray[np.int32]
    ) -> tuple[NDArray[np.bool_], NDArray[np.integer], int]:
        """Mask of the shoppers that occur several times, their numbers and count.

        The numbers have no gaps.
        """
        inverse: NDArray[np.integer] = shoppers
        if self._matrix.shape[0] <= _TABLE_PER_PURCHASE * len(shoppers):
            counts = np.bincount(shoppers, minlength=self._matrix.shape[0])
        else:
            _, inverse, counts = np.unique(shoppers, return_inverse=True, return_counts=True)
        several = counts > 1
        kept = several[inverse]
        return kept, (np.cumsum(several) - 1)[inverse[kept]], int(several.sum())


def _joined(
    others: NDArray[np.int32], counts: NDArray[np.float32], by_text: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Both groups of products, ascending and without duplicates, and their joint purchases."""
    rows = np.concatenate([others, by_text]).astype(np.int32)
    order = np.argsort(rows, kind="stable")  # a product of both groups comes first with its purchases
    rows = rows[order]
    distinct = np.ones(len(rows), dtype=np.bool_)
    np.not_equal(rows[1:], rows[:-1], out=distinct[1:])
    padded = np.concatenate([counts, np.zeros(len(by_text), dtype=np.float32)])
    return rows[distinct], padded[order[distinct]]
