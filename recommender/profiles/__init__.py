"""From a profile to the history that one snapshot can work with."""

from recommender.profiles.frequency import personal_frequency
from recommender.profiles.history import history_of, single_product
from recommender.profiles.rhythm import due_again

__all__ = ["due_again", "history_of", "personal_frequency", "single_product"]
