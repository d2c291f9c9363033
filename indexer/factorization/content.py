"""Content embeddings of products: centred, normalised, one per distinct text."""

from dataclasses import dataclass

import annoy
import numpy as np
from numpy.typing import NDArray

_TREES = 20
_SEED = 20_170_101
_MIN_VARIANCE = 1e-4
"""Minimum relative to the largest variance. Directions of less variance are mostly noise and are not amplified."""


@dataclass(frozen=True, slots=True)
class Content:
    """C of the recipe, stored once per distinct text.

    Attributes:
        vectors: unit vectors, shape (texts + 1, dims). The last row is zero and stands for "no text".
        text_of: row of each product in `vectors`, shape (products,).
    """

    vectors: NDArray[np.float32]
    text_of: NDArray[np.int32]

    @classmethod
    def of(cls, embeddings: NDArray[np.float32], text_of: NDArray[np.int32]) -> "Content":
        """Centres embeddings by the catalog's mean and normalises them to unit length.

        Sentence embeddings share a common direction that makes all texts similar. Removing the mean is the first step
        of Mu and Viswanath, "All-but-the-Top" (ICLR 2018).

        Args:
            embeddings: shape (texts, dims), one per distinct text.
            text_of: row in `embeddings` per product, −1 for products without text.
        """
        with_text = text_of[text_of >= 0]
        counts = np.bincount(with_text, minlength=len(embeddings)).astype(np.float32)
        mean = counts @ embeddings / max(float(counts.sum()), 1.0)
        centred = embeddings - mean
        norms = np.linalg.norm(centred, axis=1, keepdims=True)
        unit = np.divide(centred, norms, out=np.zeros_like(centred), where=norms > 1e-6)
        zero = np.zeros((1, embeddings.shape[1]), dtype=np.float32)
        return cls(
            np.concatenate([unit, zero]), np.where(text_of < 0, len(embeddings), text_of).astype(np.int32)
        )

    @property
    def no_text(self) -> int:
        """Text number of products without text."""
        return len(self.vectors) - 1

    def of_products(self, products: NDArray[np.integer]) -> NDArray[np.float32]:
        """Content vectors of `products`, shape (len(products), dims)."""
        rows: NDArray[np.float32] = self.vectors[self.text_of[products]]
        return rows

    def whitened(self, exponent: float) -> "Content":
        """Reduces the weight of the directions in which the texts vary most.

        Vectors have unit length again.

        Each principal component is divided by its variance to the power of `exponent`. ½ is the whitening of Su et
        al., "Whitening sentence representations for better semantics and faster retrieval" (2021). 0 changes nothing.
        """
        texts = self.vectors[:-1]
        covariance = texts.T @ texts / max(len(texts), 1)
        variances, components = np.linalg.eigh(covariance)
        floor = max(float(variances.max(initial=0.0)) * _MIN_VARIANCE, float(np.finfo(np.float32).tiny))
        stretched = self.vectors @ (components * np.maximum(variances, floor) ** -exponent)
        norms = np.linalg.norm(stretched, axis=1, keepdims=True)
        unit = np.divide(stretched, norms, out=np.zeros_like(stretched), where=norms > 0)
        return Content(unit.astype(np.float32, copy=False), self.text_of)


class NearestProducts:
    """Finds the products of a group with the most similar texts, in sublinear time."""

    def __init__(self, content: Content, products: NDArray[np.int32], per_text: int) -> None:
        """Indexes the texts of `products`, most important first.

        At most `per_text` products share a text.
        """
        self._content = content
        texts = content.text_of[products]
        has_text = texts != content.no_text
        order = np.argsort(texts[has_text], kind="stable")
        self._products = products[has_text][order]
        self._texts, self._starts, counts = np.unique(
            texts[has_text][order], return_index=True, return_counts=True
        )
        self._ends = self._starts + np.minimum(counts, per_text)
        self._index = annoy.AnnoyIndex(content.vectors.shape[1], "angular")
        self._index.set_seed(_SEED)
        for position, text in enumerate(self._texts):
            self._index.add_item(position, content.vectors[text])
        self._index.build(_TREES, n_jobs=1)

    def of_text(self, text: int, count: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """At most `count` products with the nearest texts, nearest first, and their cosines."""
        products = self.products_of_text(text, count)
        cosines: NDArray[np.float32] = self._content.of_products(products) @ self._content.vectors[text]
        return products, cosines

    def products_of_text(self, text: int, count: int) -> NDArray[np.int32]:
        """At most `count` products with the nearest texts, nearest first. Empty for "no text"."""
        if text == self._content.no_text or not len(self._texts):
            return np.empty(0, np.int32)
        found = self._index.get_nns_by_vector(self._content.vectors[text], count, search_k=20 * count)
        positions = np.array(found, dtype=np.int64)
        lengths = self._ends[positions] - self._starts[positions]
        within = np.cumsum(lengths)
        last = int(np.searchsorted(within, count)) + 1  # later texts are beyond the first `count` products
        positions, lengths, within = positions[:last], lengths[:last], within[:last]
        places = np.arange(within[-1]) + np.repeat(self._starts[positions] - (within - lengths), lengths)
        nearest: NDArray[np.int32] = self._products[places[:count]]
        return nearest
