"""Views and carts: products that shoppers looked at."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def positions_among(
    products: NDArray[np.integer], rows: NDArray[np.int32]
) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """Mask of the `rows` in `products` (ascending), and the positions of those rows there."""
    if not len(products):
        return np.zeros(len(rows), dtype=np.bool_), np.empty(0, dtype=np.int32)
    places = np.minimum(np.searchsorted(products, rows), len(products) - 1)
    kept = products[places] == rows
    return kept, places[kept].astype(np.int32)


@dataclass(frozen=True, slots=True)
class Browsing:
    """Views and carts of shoppers with purchases.

    Parallel arrays of shape (events,), in no particular order.

    Attributes:
        shoppers: shopper number, as in `Purchases`.
        products: product row.
        times: seconds since the epoch.
        carts: True where the product was put into a cart, False where it was viewed.
    """

    shoppers: NDArray[np.int32]
    products: NDArray[np.int32]
    times: NDArray[np.int64]
    carts: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.shoppers)

    def restricted_to(self, products: NDArray[np.integer]) -> "Browsing":
        """Events of `products` (ascending), with products renumbered by their position in that list."""
        kept, places = positions_among(products, self.products)
        return Browsing(self.shoppers[kept], places, self.times[kept], self.carts[kept])

    def before(self, moment: float) -> "Browsing":
        """Events before `moment`, in seconds since the epoch."""
        kept = self.times < moment
        return Browsing(self.shoppers[kept], self.products[kept], self.times[kept], self.carts[kept])
