"""Purchases as a sparse binary matrix of shoppers and products."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True)
class Purchases:
    """All purchases of products that the catalog holds; parallel arrays of shape (purchases,).

    Attributes:
        shoppers: shopper number, from 0.
        products: product row.
        times: seconds since the epoch.
        shopper_count: how many shoppers there are.
    """

    shoppers: NDArray[np.int32]
    products: NDArray[np.int32]
    times: NDArray[np.int64]
    shopper_count: int

    def __len__(self) -> int:
        return len(self.shoppers)


def interaction_matrix(purchases: Purchases, product_count: int, history_limit: int) -> csr_array:
    """X, shape (shoppers, products): 1 where the shopper bought the product.

    Only a shopper's latest `history_limit` products count: XᵀX costs the square of a history's length, and one
    reseller's history would otherwise weigh as much as thousands of shoppers'.
    """
    key = purchases.shoppers.astype(np.int64) * product_count + purchases.products
    order = np.lexsort((-purchases.times, key))
    _, first = np.unique(key[order], return_index=True)
    latest = order[first]
    shoppers, products, times = (
        purchases.shoppers[latest],
        purchases.products[latest],
        purchases.times[latest],
    )
    by_time = np.lexsort((products, -times, shoppers))
    shoppers, products = shoppers[by_time], products[by_time]
    starts = np.searchsorted(shoppers, np.arange(purchases.shopper_count))
    within = np.arange(len(shoppers)) - starts[shoppers] < history_limit
    ones = np.ones(int(within.sum()), dtype=np.float32)
    matrix = csr_array(
        (ones, (shoppers[within], products[within])), shape=(purchases.shopper_count, product_count)
    )
    matrix.sort_indices()
    return matrix
