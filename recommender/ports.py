"""Ports of the core. Each has two real implementations."""

from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class StageObserver(Protocol):
    """Observes the stages of a request, for spans, durations and counts."""

    def stage(self, name: str) -> AbstractContextManager[None]:
        """A context that spans the stage `name`."""
        ...

    def candidates(self, stage: str, count: int) -> None:
        """Counts candidates that a stage left."""
        ...

    def items(self, kind: str, count: int) -> None:
        """Counts items of an answer.

        `kind` is `all`, `cold`, or `explored` for the cold items of pages that reserve places for them.
        """
        ...


class ItemIndex(Protocol):
    """Finds the item vectors with the largest inner product: approximately (Annoy) or exactly (NumPy)."""

    def nearest(self, query_vector: NDArray[np.float32], count: int, search_k: int) -> NDArray[np.int32]:
        """Rows of at most `count` items, best first.

        Args:
            query_vector: shape (dims,).
            count: maximum number of rows.
            search_k: maximum number of index nodes to inspect. An exact index ignores it.
        """
        ...
