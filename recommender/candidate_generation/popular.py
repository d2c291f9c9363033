"""Candidates by popularity, for unknown shoppers and short pages."""

from collections.abc import Iterator

from recommender.arrays import Rows
from recommender.snapshot import Snapshot

_BLOCK = 4096
"""Rows of a block. Most pages are full after the first."""


def popular_rows(snapshot: Snapshot) -> Iterator[Rows]:
    """Yields all rows in blocks, most popular first.

    A caller stops when its page is full.
    """
    return blocks_of(snapshot.columns.popular_rows)


def blocks_of(ordered: Rows) -> Iterator[Rows]:
    """Yields `ordered`, a few thousand rows at a time."""
    for start in range(0, len(ordered), _BLOCK):
        yield ordered[start : start + _BLOCK]
