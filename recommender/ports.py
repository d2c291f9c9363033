"""The core's ports: each has two real implementations."""

from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class StageObserver(Protocol):
    """Told of every stage of a request; silent, or spans and durations."""

    def stage(self, name: str) -> AbstractContextManager[None]:
        """A context that lasts as long as the stage `name`."""
        ...


class ItemIndex(Protocol):
    """Finds the item vectors with the largest inner product: approximately (Annoy) or exactly (numpy)."""

    def nearest(self, query_vector: NDArray[np.float32], count: int, search_k: int) -> NDArray[np.int32]:
        """Rows of at most `count` items, best first.

        Args:
            query_vector: shape (dims,).
            count: how many rows to return at most.
            search_k: how many index nodes an approximate index may inspect; an exact one ignores it.
        """
        ...
