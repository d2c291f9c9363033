"""Generates candidates from the item index, the history's direct neighbours, and popularity."""

from recommender.candidate_generation.exact_index import ExactIndex
from recommender.candidate_generation.nearest import nearest_items, query_vector
from recommender.candidate_generation.neighbours import second_neighbours, with_neighbours
from recommender.candidate_generation.popular import blocks_of, popular_rows

__all__ = [
    "ExactIndex",
    "blocks_of",
    "nearest_items",
    "popular_rows",
    "query_vector",
    "second_neighbours",
    "with_neighbours",
]
