"""From a profile to the history that one snapshot can work with."""

from recommender.profiles.frequency import personal_frequency
from recommender.profiles.history import history_of, single_product
from recommender.profiles.kinds import (
    IMPRESSIONS_TO_SINK,
    KIND_WEIGHTS,
    hidden_rows,
    strongest_kinds,
    sunk_rows,
)
from recommender.profiles.replenishment import due_again
from recommender.profiles.session import joined, with_present

__all__ = [
    "IMPRESSIONS_TO_SINK",
    "KIND_WEIGHTS",
    "due_again",
    "hidden_rows",
    "history_of",
    "joined",
    "personal_frequency",
    "single_product",
    "strongest_kinds",
    "sunk_rows",
    "with_present",
]
