"""Products that a shopper would take instead of each product, as flat arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.arrays import FloatVector
from recommender.snapshot.tables import ProductPairs


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
class Alternatives(ProductPairs):
    """Products similar to each product, best first.

    Attributes:
        scores: falling within each product; shape (pairs,).
        kinds: `Likeness` of each pair; shape (pairs,).
    """

    scores: FloatVector
    kinds: NDArray[np.uint8]

    def kind_of(self, row: int, alternative: int) -> int | None:
        """The `Likeness` of `alternative` to the product in `row`.

        None if it is no alternative.
        """
        places = self.places(row)
        found = np.flatnonzero(self.rows[places] == alternative)
        return int(self.kinds[places][found[0]]) if len(found) else None
