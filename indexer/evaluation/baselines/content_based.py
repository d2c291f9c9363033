"""Content-based filtering: products with texts similar to the history's."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.evaluation.baselines.baseline import Baseline
from indexer.factorization.content import Content
from indexer.protocol.tasks import Task
from recommender.arrays import FloatMatrix, Mask


@dataclass(frozen=True, slots=True)
class _ContentMean:
    """Similarity of texts to the mean of the history's.

    `known` is the mask of products whose texts count in a history, shape (products,).
    """

    name: str
    content: Content
    known: Mask

    def scores(self, task: Task, part: slice) -> FloatMatrix:
        means = self._means(csr_array(task.history[part]))
        scores: NDArray[np.float32] = (means @ self.content.vectors.T)[:, self.content.text_of]
        scores[:, self.content.text_of == self.content.no_text] = -np.inf
        return scores

    def _means(self, history: csr_array) -> FloatMatrix:
        """Mean content embedding of each history, zero without text. Shape (shoppers, dims)."""
        has_text = self.known & (self.content.text_of != self.content.no_text)
        shoppers, products = history.nonzero()
        kept = has_text[products]
        ones = np.ones(int(kept.sum()), dtype=np.float32)
        texts = csr_array(
            (ones, (shoppers[kept], self.content.text_of[products[kept]])),
            shape=(history.shape[0], len(self.content.vectors)),
        )
        counts = np.bincount(shoppers[kept], minlength=history.shape[0]).astype(np.float32)
        sums: NDArray[np.float32] = texts @ self.content.vectors
        sums /= np.maximum(counts, 1)[:, None]
        return sums


def content_mean(content: Content, x: csr_array) -> Baseline:
    """Similarity of a product's text to the mean of the history's texts, both centered.

    Content-based filtering with the mean as the profile: Pazzani and Billsus, "Content-based recommendation
    systems" (The Adaptive Web, 2007), after Rocchio (1971), with sentence embeddings (Reimers and Gurevych,
    "Sentence-BERT", EMNLP 2019) instead of word weights. Products without text are never ranked. A history without
    text scores 0 for all products.

    Args:
        content: content embeddings of all products.
        x: shape (shoppers, products). Only products with buyers here count in a history.
    """
    known = np.bincount(x.indices, minlength=x.shape[1]) > 0
    return _ContentMean("content mean", content, known)
