"""Samples histories on which the index is measured."""

import numpy as np
from scipy.sparse import csr_array

from recommender.arrays import Rows
from recommender.entities import History
from recommender.profiles import single_product
from recommender.snapshot import SHORT_HISTORY


def sample_histories(bought: csr_array, count: int, seed: int) -> tuple[list[History], list[History]]:
    """Histories of shoppers, and short ones, at most `count` of each.

    Their products have equal weights. Half of the short ones are single products, as in a list of similar products. The
    others are a few products of a shopper, as a guest has them.

    Args:
        bought: X over the indexed rows, shape (shoppers, indexed).
        count: maximum number of histories.
        seed: seed of the sample.
    """
    generator = np.random.default_rng(seed)
    shoppers = np.flatnonzero(np.diff(bought.indptr))
    sample = np.sort(generator.choice(shoppers, size=min(count, len(shoppers)), replace=False))
    histories = [_history(bought.indices[slice(*bought.indptr[shopper : shopper + 2])]) for shopper in sample]
    short = [
        _history(generator.permutation(history.rows)[: 1 + place % SHORT_HISTORY])
        for place, history in enumerate(histories[::2])
    ]
    products = generator.choice(bought.shape[1], size=min(count // 2, bought.shape[1]), replace=False)
    return histories, short + [single_product(int(row)) for row in products]


def _history(rows: Rows) -> History:
    """A history of equal weights 1 / √Σw."""
    rows = np.sort(rows).astype(np.int32)
    return History(rows, np.full(len(rows), len(rows) ** -0.5, dtype=np.float32), rows)
