"""Interaction matrix of shoppers and products from purchases, views and carts."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization.browsing import Browsing


@dataclass(frozen=True, slots=True)
class Purchases:
    """All purchases of products in the catalog, as parallel arrays of shape (purchases,).

    Attributes:
        shoppers: shopper number, from 0.
        products: product row.
        times: seconds since the epoch.
        shopper_count: number of shoppers.
        shopper_ids: id of each shopper number, shape (shopper_count,), or empty if unknown.
        orders: a number shared by the purchases of one order, 0 for purchases without one. None if unknown.
    """

    shoppers: NDArray[np.int32]
    products: NDArray[np.int32]
    times: NDArray[np.int64]
    shopper_count: int
    shopper_ids: tuple[str, ...] = ()
    orders: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.shoppers)

    def with_guests(self, guests: "Purchases") -> "Purchases":
        """Appends purchases of guests, whose shopper numbers follow and have no ids."""
        return replace(
            self,
            shoppers=np.concatenate([self.shoppers, guests.shoppers + np.int32(self.shopper_count)]),
            products=np.concatenate([self.products, guests.products]),
            times=np.concatenate([self.times, guests.times]),
            shopper_count=self.shopper_count + guests.shopper_count,
            orders=np.concatenate([_orders(self), _orders(guests)]),
        )

    def select(self, lines: NDArray[np.integer] | NDArray[np.bool_]) -> "Purchases":
        """Purchases at `lines`, positions or a mask. Shoppers and products keep their numbers."""
        return replace(
            self,
            shoppers=self.shoppers[lines],
            products=self.products[lines],
            times=self.times[lines],
            orders=None if self.orders is None else self.orders[lines],
        )


def _orders(purchases: Purchases) -> NDArray[np.int64]:
    return np.zeros(len(purchases), np.int64) if purchases.orders is None else purchases.orders


def interaction_matrix(
    purchases: Purchases,
    product_count: int,
    history_limit: int,
    browsing: Browsing | None = None,
    browsing_weight: float = 0.0,
) -> csr_array:
    """X, shape (shoppers, products): 1 for bought products, less for viewed ones.

    Only a shopper's latest `history_limit` products count. XᵀX costs the square of a history's length, and a reseller's
    history would otherwise outweigh thousands of shoppers. Weaker feedback is a smaller value of the same matrix: Hu,
    Koren, Volinsky, "Collaborative filtering for implicit feedback datasets" (ICDM 2008).

    Args:
        purchases: all purchases.
        product_count: number of product rows.
        history_limit: maximum number of products per shopper.
        browsing: views and carts. None or a weight of 0 ignores them.
        browsing_weight: value of a product that was put into a cart and never bought. A view has half of it.
    """
    shape = (purchases.shopper_count, product_count)
    bought = _latest(purchases.shoppers, purchases.products, purchases.times, shape, history_limit)
    if browsing is None or not browsing_weight:
        return bought
    looked = _latest(browsing.shoppers, browsing.products, browsing.times, shape, history_limit)
    carts = np.flatnonzero(browsing.carts)
    in_cart = csr_array(
        (np.ones(len(carts), np.float32), (browsing.shoppers[carts], browsing.products[carts])), shape=shape
    )
    in_cart.sum_duplicates()
    in_cart.data[:] = 1
    weaker = csr_array((looked + looked.multiply(in_cart)) * np.float32(browsing_weight / 2))
    matrix = csr_array(bought + weaker - weaker.multiply(bought))
    matrix.eliminate_zeros()
    matrix.sort_indices()
    return matrix


def _latest(
    shoppers: NDArray[np.int32],
    products: NDArray[np.int32],
    times: NDArray[np.int64],
    shape: tuple[int, int],
    history_limit: int,
) -> csr_array:
    """1 for each shopper's latest `history_limit` products, with shape `shape`."""
    key = shoppers.astype(np.int64) * shape[1] + products
    order = np.lexsort((-times, key))
    _, first = np.unique(key[order], return_index=True)
    latest = order[first]
    shoppers, products, times = shoppers[latest], products[latest], times[latest]
    by_time = np.lexsort((products, -times, shoppers))
    shoppers, products = shoppers[by_time], products[by_time]
    starts = np.searchsorted(shoppers, np.arange(shape[0]))
    within = np.arange(len(shoppers)) - starts[shoppers] < history_limit
    ones = np.ones(int(within.sum()), dtype=np.float32)
    matrix = csr_array((ones, (shoppers[within], products[within])), shape=shape)
    matrix.sort_indices()
    return matrix
