"""Assembly of a snapshot: arrays, Annoy index, and the index's recall."""

from indexer.snapshots.annoy import TREES, build_index
from indexer.snapshots.recall import MIN_RECALL, SAMPLE_SIZE, ChosenSearch, SampledQuery, choose_search_k

__all__ = [
    "MIN_RECALL",
    "SAMPLE_SIZE",
    "TREES",
    "ChosenSearch",
    "SampledQuery",
    "build_index",
    "choose_search_k",
]
