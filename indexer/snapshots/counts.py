"""Sizes of a snapshot's tables, for its manifest."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from adapters.snapshots.manifest import Counts


def counts_of(
    arrays: Mapping[str, NDArray[np.generic]], *, warm: int, shoppers: int, purchases: int
) -> Counts:
    """Counts the entries of a snapshot.

    Args:
        arrays: all arrays of the layout, by name.
        warm: rows that are fitted from enough purchases.
        shoppers: those in the training data.
        purchases: those in the training data.
    """
    indexed = len(arrays["item_vectors"])
    return Counts(
        products=len(arrays["ids_offsets"]) - 1,
        indexed=indexed,
        cold=indexed - warm,
        shoppers=shoppers,
        purchases=purchases,
        weights=len(arrays["weights_indices"]),
        categories=len(arrays["categories_offsets"]) - 1,
        brands=len(arrays["brands_offsets"]) - 1,
        complements=len(arrays["complements_rows"]),
        alternatives=len(arrays["alternatives_rows"]),
        companions=len(arrays["companions_rows"]),
    )
