"""Assembly of a snapshot: arrays, Annoy index, and how far the index is searched."""

from indexer.snapshots.annoy import TREES, build_index, write_index
from indexer.snapshots.counts import counts_of
from indexer.snapshots.search import MAX_LOSS, SAMPLE_SIZE, ChosenSearch, Search, choose_search

__all__ = [
    "MAX_LOSS",
    "SAMPLE_SIZE",
    "TREES",
    "ChosenSearch",
    "Search",
    "build_index",
    "choose_search",
    "counts_of",
    "write_index",
]
