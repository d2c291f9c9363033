"""Assembly of a snapshot: arrays, Annoy index, and the index's recall."""

from indexer.snapshots.annoy import TREES, build_index
from indexer.snapshots.recall import FLOOR, SAMPLE, ChosenSearch, SampledQuery, choose_search_k

__all__ = ["FLOOR", "SAMPLE", "TREES", "ChosenSearch", "SampledQuery", "build_index", "choose_search_k"]
