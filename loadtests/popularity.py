"""Which product a shopper looks at: few products draw most of the attention."""

import random
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

EXPONENT = 1.0
"""Of Zipf's law: the product at rank r draws 1/r^s; near 1 in shops, as in most things that people choose."""


class ZipfChoice:
    """Draws from items in the order of their popularity, the most popular first; ValueError without any."""

    def __init__(self, items: Sequence[str], exponent: float = EXPONENT) -> None:
        if not items:
            raise ValueError("nothing to choose from")
        self._items = items
        self._reached = list(accumulate((rank + 1) ** -exponent for rank in range(len(items))))

    def draw(self, chance: random.Random) -> str:
        """One item."""
        return self._items[bisect_left(self._reached, chance.random() * self._reached[-1])]
