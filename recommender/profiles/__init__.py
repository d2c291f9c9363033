"""From a profile to the history that one snapshot can work with."""

from recommender.profiles.frequency import personal_frequency
from recommender.profiles.history import history_of, single_product

__all__ = ["history_of", "personal_frequency", "single_product"]
