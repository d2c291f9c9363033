"""Builds the item index and measures it against exact search."""

from indexer.annoy_build.build import TREES, build_index
from indexer.annoy_build.recall import FLOOR, SAMPLE, ChosenSearch, SampledQuery, choose_search_k

__all__ = ["FLOOR", "SAMPLE", "TREES", "ChosenSearch", "SampledQuery", "build_index", "choose_search_k"]
