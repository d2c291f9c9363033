"""Choice of products by popularity: few products draw most of the attention."""

import random
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

EXPONENT = 1.0
"""The s of Zipf's law: the product at rank r is chosen with weight 1/r^s. It is near 1 in most shops."""


class ZipfChoice:
    """Draws from items that are sorted by popularity, the most popular first.

    Raises:
        ValueError: there are no items.
    """

    def __init__(self, items: Sequence[str], exponent: float = EXPONENT) -> None:
        if not items:
            raise ValueError("nothing to choose from")
        self._items = items
        self._cumulative = list(accumulate((rank + 1) ** -exponent for rank in range(len(items))))

    def draw(self, rng: random.Random) -> str:
        """Draws one item."""
        return self._items[bisect_left(self._cumulative, rng.random() * self._cumulative[-1])]
