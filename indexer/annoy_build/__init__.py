"""Builds the item index and measures it against exact search."""

from indexer.annoy_build.build import build_index
from indexer.annoy_build.recall import FLOOR, SAMPLE, ChosenSearch, SampledQuery, choose_search_k

__all__ = ["FLOOR", "SAMPLE", "ChosenSearch", "SampledQuery", "build_index", "choose_search_k"]
