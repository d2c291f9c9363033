"""Candidates from popularity, for shoppers of whom nothing is known and for pages that would stay short."""

from collections.abc import Iterator

from recommender.entities import Rows
from recommender.snapshot import Snapshot

_BLOCK = 4096


def popular_rows(snapshot: Snapshot) -> Iterator[Rows]:
    """All rows, most popular first, block by block, so that a caller stops when its page is full."""
    order = snapshot.columns.popular_rows
    for start in range(0, len(order), _BLOCK):
        yield order[start : start + _BLOCK]
