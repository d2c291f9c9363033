"""Content embeddings of products: centered, normalized, one per distinct text."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MIN_VARIANCE = 1e-4
"""Minimum relative to the largest variance. Directions of less variance are mostly noise and are not amplified."""


@dataclass(frozen=True, slots=True)
class Content:
    """Content embeddings C, stored once per distinct text.

    Attributes:
        vectors: unit vectors, shape (texts + 1, dims). The last row is zero and stands for "no text".
        text_of: row of each product in `vectors`, shape (products,).
    """

    vectors: NDArray[np.float32]
    text_of: NDArray[np.int32]

    @classmethod
    def of(
        cls, embeddings: NDArray[np.float32], text_numbers: Sequence[int] | NDArray[np.int32]
    ) -> "Content":
        """Centers embeddings by the catalog's mean and normalizes them to unit length.

        Sentence embeddings share a common direction that makes all texts similar. Removing the mean is the first step
        of Mu and Viswanath, "All-but-the-Top" (ICLR 2018).

        Args:
            embeddings: shape (texts, dims), one per distinct text.
            text_numbers: row in `embeddings` per product, −1 for products without text.
        """
        text_of = np.asarray(text_numbers, dtype=np.int32)
        with_text = text_of[text_of >= 0]
        counts = np.bincount(with_text, minlength=len(embeddings)).astype(np.float32)
        mean = counts @ embeddings / max(float(counts.sum()), 1.0)
        centered = embeddings - mean
        norms = np.linalg.norm(centered, axis=1, keepdims=True)
        unit = np.divide(centered, norms, out=np.zeros_like(centered), where=norms > 1e-6)
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

        Each principal component is divided by its variance to the power of `exponent`. Then vectors are scaled to unit
        length again. ½ is the whitening of Su et al., "Whitening sentence representations for better semantics and
        faster retrieval" (2021). 0 changes nothing.
        """
        texts = self.vectors[:-1]
        covariance = texts.T @ texts / max(len(texts), 1)
        variances, components = np.linalg.eigh(covariance)
        floor = max(float(variances.max(initial=0.0)) * _MIN_VARIANCE, float(np.finfo(np.float32).tiny))
        stretched = self.vectors @ (components * np.maximum(variances, floor) ** -exponent)
        norms = np.linalg.norm(stretched, axis=1, keepdims=True)
        unit = np.divide(stretched, norms, out=np.zeros_like(stretched), where=norms > 0)
        return Content(unit.astype(np.float32, copy=False), self.text_of)
