"""Which products each product's weights are fitted over: co-purchase joined with nearest texts."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization.content import Content, NearestProducts
from indexer.progress import Advance

_BLOCK = 256
_PER_TEXT = 8


@dataclass(frozen=True, slots=True)
class GramScale:
    """The terms of G = XᵀX + γ m K, with K the squared cosine of content embeddings.

    Attributes:
        counts: n_i, buyers per product; shape (products,).
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


def select_neighbours(
    matrix: csr_array,
    warm: NDArray[np.int32],
    content: Content,
    scale: GramScale,
    count: int,
    advance: Advance,
) -> Iterator[tuple[int, NDArray[np.int32]]]:
    """For each warm product, the at most `count` other warm products with the largest cosine of G.

    Args:
        matrix: X, shape (shoppers, products).
        warm: products to fit, most bought first.
        content: content embeddings.
        scale: G's terms.
        count: k of the recipe.
        advance: told of every block of products.

    Yields:
        (product, neighbours) with neighbours ascending.
    """
    is_warm = np.zeros(matrix.shape[1], dtype=np.bool_)
    is_warm[warm] = True
    diagonal = scale.diagonal(content)
    nearest = NearestProducts(content, warm, _PER_TEXT)
    by_product = matrix.T.tocsr()
    for start in range(0, len(warm), _BLOCK):
        block = warm[start : start + _BLOCK]
        together = (by_product[block] @ matrix).tocsr()
        for position, product in enumerate(block):
            low, high = together.indptr[position], together.indptr[position + 1]
            others, counts = together.indices[low:high], together.data[low:high]
            keep = is_warm[others] & (others != product)
            yield (
                int(product),
                _most_related(
                    int(product), others[keep], counts[keep], nearest, content, scale, diagonal, count
                ),
            )
        advance(len(block))


def _most_related(
    product: int,
    others: NDArray[np.int32],
    counts: NDArray[np.float32],
    nearest: NearestProducts,
    content: Content,
    scale: GramScale,
    diagonal: NDArray[np.float32],
    count: int,
) -> NDArray[np.int32]:
    """Preselects by co-purchase alone, joins the nearest texts, then takes the exact cosine of G."""
    if len(others) > 2 * count:
        rough = counts / np.sqrt(diagonal[others])
        best = np.argpartition(-rough, 2 * count)[: 2 * count]
        others, counts = others[best], counts[best]
    by_text, _ = nearest.of_text(int(content.text_of[product]), count)
    rows = np.union1d(others, by_text[by_text != product]).astype(np.int32)
    purchases = np.zeros(len(rows), dtype=np.float32)
    purchases[np.searchsorted(rows, others)] = counts
    kernel = (content.of_products(rows) @ content.vectors[content.text_of[product]]) ** 2
    cosine = (purchases + scale.text_weight * kernel) / np.sqrt(diagonal[rows])
    if len(rows) <= count:
        return rows
    return np.sort(rows[np.argpartition(-cosine, count)[:count]])
