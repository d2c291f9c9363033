"""Products that a shopper ignored repeatedly."""

from collections.abc import Iterable

import numpy as np

from recommender.entities import NO_ROWS, Interaction, Rows
from recommender.interactions import IMPRESSION, Interactions
from recommender.profiles.interaction_weights import WEIGHTS
from recommender.snapshot.lookups import ResolvedIds

FATIGUE_IMPRESSIONS = 5
"""Impressions without a click or stronger action after which a product is shown only if nothing else fits."""


def fatigued_rows(interactions: Iterable[Interaction], ids: ResolvedIds) -> Rows:
    """Rows with FATIGUE_IMPRESSIONS impressions since the last stronger action, ascending."""
    packed = Interactions.of(interactions)
    impressions = np.flatnonzero(packed.kinds == IMPRESSION)
    if len(impressions) < FATIGUE_IMPRESSIONS:
        return NO_ROWS
    engaged = packed.largest(np.where(WEIGHTS[packed.kinds] > 0, packed.times, -np.inf))
    ignored = impressions[packed.times[impressions] > engaged[impressions]]
    fatigued = np.flatnonzero(np.bincount(packed.products[ignored]) >= FATIGUE_IMPRESSIONS)
    rows = ids.find_all(packed.lookup)[fatigued]
    return np.sort(rows[rows >= 0])
