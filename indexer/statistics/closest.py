"""Finds the closest products by text, price and purchases.

They stand in where a category has too few alternatives.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization.content import Content
from indexer.factorization.nearest_texts import TEXTS_AT_ONCE, NearestProducts
from indexer.progress import Advance

PRICE_WEIGHT = 0.2
PURCHASE_WEIGHT = 0.3

_PER_TEXT = 6
_Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Closest:
    """Closest products of one product, best first. All arrays have one shape.

    Attributes:
        product: the product.
        rows: the closest ones.
        scores: their closeness.
        cosines: cosine of the texts.
    """

    product: int
    rows: _Rows
    scores: NDArray[np.float32]
    cosines: NDArray[np.float32]


def price_ratios(price: NDArray[np.float64], prices: NDArray[np.float64]) -> NDArray[np.float32]:
    """The lower of two prices divided by the higher one.

    0 if one is unknown or not positive.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = np.minimum(price, prices) / np.maximum(price, prices)
    return np.where(np.isfinite(ratios) & (ratios > 0), ratios, 0).astype(np.float32)


class ClosestProducts:
    """Finds products that are alike in text, price and buyers.

    s_ij = cos(C_i, C_j) + 0.2 p_ij + 0.3 B_ij / max_j B_ij, with p_ij the ratio of prices and B the item-item weights.
    Candidates are the nearest texts and the largest weights.
    """

    def __init__(
        self, content: Content, prices: NDArray[np.float64], order: _Rows, weights: csr_array
    ) -> None:
        """Indexes the texts of all products, in `order`, most popular first.

        The first of them have `weights`, B.
        """
        self._content, self._prices, self._order, self._weights = content, prices, order, weights
        self._row_of = np.empty(len(prices), dtype=np.int32)
        self._row_of[order] = np.arange(len(prices), dtype=np.int32)
        self._nearest = NearestProducts(content, order, _PER_TEXT)

    def search(self, products: _Rows, count: int, advance: Advance) -> Iterator[Closest]:
        """At most `count` closest products of each of `products`."""
        by_text = products[np.argsort(self._content.text_of[products], kind="stable")]
        texts, starts = np.unique(self._content.text_of[by_text], return_index=True)
        groups = np.split(by_text, starts[1:]) if len(by_text) else []
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            part = slice(start, start + TEXTS_AT_ONCE)
            matches = self._nearest.search(texts[part], 2 * count)
            for place, members in enumerate(groups[part]):
                for product in members.tolist():
                    others, weights = self._neighbours(product, count)
                    rows = np.union1d(matches.products[place], others).astype(np.int32)
                    yield self._ranked(product, rows, matches.cosines(place, rows), others, weights, count)
                advance(len(members))

    def _neighbours(self, product: int, count: int) -> tuple[_Rows, NDArray[np.float32]]:
        """Products of the largest positive weights, ascending, and those weights."""
        weights, order = self._weights, self._order
        row = int(self._row_of[product])
        if row >= weights.shape[0]:
            return order[:0], np.empty(0, np.float32)
        entries = slice(int(weights.indptr[row]), int(weights.indptr[row + 1]))
        values, others = weights.data[entries], order[weights.indices[entries]]
        best = np.argsort(-values, kind="stable")[:count]
        best = best[values[best] > 0]
        best = best[np.argsort(others[best])]
        return others[best], values[best].astype(np.float32)

    def _ranked(
        self,
        product: int,
        rows: _Rows,
        cosines: NDArray[np.float32],
        others: _Rows,
        weights: NDArray[np.float32],
        count: int,
    ) -> Closest:
        evidence = cosines.copy()
        if len(others):
            evidence[np.searchsorted(rows, others)] += PURCHASE_WEIGHT * weights / weights.max()
        # A cosine of centered vectors below 0 is less alike than two products of the shop are on average. Prices alone,
        # and a few purchases of unlike products, are no evidence.
        unlike = (rows == product) | (evidence <= 0)
        scores = evidence + PRICE_WEIGHT * price_ratios(self._prices[product], self._prices[rows])
        best = np.argsort(np.where(unlike, np.inf, -scores), kind="stable")[
            : min(count, int((~unlike).sum()))
        ]
        return Closest(product, rows[best], scores[best].astype(np.float32), cosines[best])
