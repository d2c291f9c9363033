"""Translates a profile into the rows and weights of one snapshot."""

from recommender.profiles.affinities import Affinities
from recommender.profiles.fatigue import FATIGUE_IMPRESSIONS, fatigued_rows
from recommender.profiles.frequency import decayed_frequency, personal_frequency, purchase_days
from recommender.profiles.hidden import hidden_ids, session_without, without_products
from recommender.profiles.history import history_of, single_product
from recommender.profiles.interaction_weights import KIND_WEIGHTS, strongest_kinds
from recommender.profiles.left_out import left_out_ids, left_out_rows
from recommender.profiles.replenishment import OwnProducts, Replenishment, own_products
from recommender.profiles.session import blend_histories, with_session

__all__ = [
    "FATIGUE_IMPRESSIONS",
    "KIND_WEIGHTS",
    "Affinities",
    "OwnProducts",
    "Replenishment",
    "blend_histories",
    "decayed_frequency",
    "fatigued_rows",
    "hidden_ids",
    "history_of",
    "left_out_ids",
    "left_out_rows",
    "own_products",
    "personal_frequency",
    "purchase_days",
    "session_without",
    "single_product",
    "strongest_kinds",
    "with_session",
    "without_products",
]
