"""Adds popularity to the item-item weights."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

MAX_PRODUCTS = 500
"""Fitted products up to which every pair has a weight. With more, popularity is a dimension of the vectors."""


def shopper_count(matrix: csr_array) -> int:
    """Number of shoppers with purchases in X, at least 1."""
    return max(int((np.diff(matrix.indptr) > 0).sum()), 1)


def has_dimension(weight: float | None, products: int, max_products: int = MAX_PRODUCTS) -> bool:
    """True if popularity is a dimension of the vectors and no weight of pairs."""
    return bool(weight) and products > max_products


def with_popularity(
    weights: csr_array,
    products: NDArray[np.integer],
    shares: NDArray[np.floating],
    weight: float,
    max_products: int = MAX_PRODUCTS,
) -> csr_array:
    """B_ji + w p_i between any two of the `products`, shape (products, products).

    With more than `max_products` of them, B itself: w p_i is then added by `append_dimension`.

    Ridge regression shrinks weights towards 0. Here they shrink towards popularity, which says more than any history
    where shoppers buy few of few products.

    Args:
        weights: B.
        products: fitted products.
        shares: p, share of the shoppers who bought each product, shape (products,).
        weight: w.
        max_products: number of products up to which every pair has a weight.
    """
    if not weight or has_dimension(weight, len(products), max_products):
        return weights
    first, second = np.meshgrid(products, products, indexing="ij")
    others = first != second
    added = (weight * shares[second[others]]).astype(weights.dtype)
    popular = coo_array((added, (first[others], second[others])), shape=weights.shape)
    return csr_array(weights + popular)


def append_dimension(
    query_vectors: NDArray[np.float32], item_vectors: NDArray[np.float32], shares: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """P and Q, shape (products, dims), with one more dimension.

    ⟨P_j, Q_i⟩ has w p_i more, with the `shares` w p, shape (products,).
    """
    ones = np.ones((len(query_vectors), 1), np.float32)
    return np.hstack([query_vectors, ones]), np.hstack([item_vectors, shares[:, None].astype(np.float32)])
