"""From a profile to the history that one snapshot can work with."""

from recommender.profiles.frequency import personal_frequency
from recommender.profiles.history import history_of, single_product
from recommender.profiles.kinds import IMPRESSIONS_TO_SINK, KIND_WEIGHTS, hidden_rows, sunk_rows

__all__ = [
    "IMPRESSIONS_TO_SINK",
    "KIND_WEIGHTS",
    "hidden_rows",
    "history_of",
    "personal_frequency",
    "single_product",
    "sunk_rows",
]
