"""Adds popularity to the item-item weights of a small shop."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

MAX_PRODUCTS = 500
"""Maximum number of fitted products. With more, each has few buyers in a hundred, and popularity tells little."""


def shopper_count(matrix: csr_array) -> int:
    """Number of shoppers with purchases in X, at least 1."""
    return max(int((np.diff(matrix.indptr) > 0).sum()), 1)


def popularity_weight(chosen: float | None, products: int) -> float:
    """The weight for so many fitted products. 0 for more than `MAX_PRODUCTS`."""
    return chosen or 0.0 if products <= MAX_PRODUCTS else 0.0


def with_popularity(
    weights: csr_array, products: NDArray[np.integer], shares: NDArray[np.floating], weight: float
) -> csr_array:
    """B_ji + w p_i between any two of the `products`, shape (products, products).

    Ridge regression shrinks weights towards 0. Here they shrink towards popularity, which says more than any history
    where shoppers buy few of few products.

    Args:
        weights: B.
        products: fitted products.
        shares: p, share of the shoppers who bought each product, shape (products,).
        weight: w.
    """
    if not weight:
        return weights
    first, second = np.meshgrid(products, products, indexing="ij")
    others = first != second
    added = (weight * shares[second[others]]).astype(weights.dtype)
    popular = coo_array((added, (first[others], second[others])), shape=weights.shape)
    return csr_array(weights + popular)
