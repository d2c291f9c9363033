"""Products that a shopper would take instead of each product, as flat arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.entities import FloatVector, Rows
from recommender.product_ids import Offsets


class Likeness:
    """Evidence that one product replaces another. It determines the explanation."""

    CATEGORY = 0
    """Both are of one leaf category."""
    TEXT = 1
    """Their texts are alike."""
    BUYERS = 2
    """Shoppers bought both, within one leaf category."""
    CLOSEST = 3
    """Nothing in the shop is closer, by text, price and purchases together."""


LIKENESSES = 4


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Products similar to each product, best first.

    Stored as compressed sparse rows.

    Attributes:
        indptr: the alternatives of product j are at indptr[j]:indptr[j + 1]; shape (n + 1,).
        rows: product rows; shape (pairs,).
        scores: falling within each product; shape (pairs,).
        kinds: `Likeness` of each pair; shape (pairs,).
    """

    indptr: Offsets
    rows: Rows
    scores: FloatVector
    kinds: NDArray[np.uint8]

    def places(self, row: int) -> slice:
        """Positions of the alternatives of the product in `row`."""
        return slice(int(self.indptr[row]), int(self.indptr[row + 1]))
