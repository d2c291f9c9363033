"""Random purchases and texts of a few products, or none."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization.content import Content

SHOPPERS, PRODUCTS, DIMS = 60, 25, 8


def matrix_of(shoppers: int = SHOPPERS, products: int = PRODUCTS, density: float = 0.3) -> csr_array:
    """Purchases, shape (shoppers, products)."""
    return csr_array((np.random.default_rng(3).random((shoppers, products)) < density).astype(np.float32))


def random_content(products: int = PRODUCTS) -> Content:
    """A text of its own for each product."""
    embeddings = np.random.default_rng(5).normal(size=(products, DIMS)).astype(np.float32)
    return Content.of(embeddings, np.arange(products, dtype=np.int32))


def no_content(products: int = PRODUCTS) -> Content:
    """No texts."""
    return Content.of(np.empty((0, DIMS), np.float32), np.full(products, -1, dtype=np.int32))


def no_trend(products: int = PRODUCTS) -> NDArray[np.float32]:
    """The trend 1 for each product."""
    return np.ones(products, dtype=np.float32)
