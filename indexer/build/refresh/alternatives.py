"""Alternatives of new and rewritten products, found by category and text."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.build.refresh.changes import ChangedProducts
from indexer.factorization.content import Content
from indexer.factorization.learned_rows import LearnedRows
from indexer.snapshots.arrays import category_codes
from indexer.statistics.alternatives import AlternativeInputs, find_alternatives
from recommender.snapshot.alternatives import Alternatives


def alternatives_of_placed(
    changes: ChangedProducts, content: Content | None, learned: LearnedRows, placed: NDArray[np.int32]
) -> Alternatives:
    """Alternatives of `placed` rows of a refreshed snapshot.

    `content` are embeddings of all products, None if nothing is placed.
    """
    products, order = changes.products, learned.order
    count = len(order)
    if content is None:
        content = Content(np.zeros((1, 1), np.float32), np.zeros(count, np.int32))
    no_purchases = csr_array(np.zeros((1, count), dtype=np.float32))
    return find_alternatives(
        AlternativeInputs(
            categories=category_codes(products)[order],
            prices=np.array(products.prices, dtype=np.float64)[order],
            bought=no_purchases,
            content=Content(content.vectors, content.text_of[order]),
            order=np.arange(count, dtype=np.int32),
            weights=learned.weights,
            wanted=placed,
        )
    )
