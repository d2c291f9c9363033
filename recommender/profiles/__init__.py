"""From a profile to the history that one snapshot can work with."""

from recommender.profiles.frequency import personal_frequency
from recommender.profiles.history import history_of, single_product
from recommender.profiles.kinds import KIND_WEIGHTS, strongest_kinds
from recommender.profiles.present import joined, with_present
from recommender.profiles.rhythm import due_again

__all__ = [
    "KIND_WEIGHTS",
    "due_again",
    "history_of",
    "joined",
    "personal_frequency",
    "single_product",
    "strongest_kinds",
    "with_present",
]
