"""Products that a shopper ignored repeatedly."""

from collections.abc import Iterable

import numpy as np

from recommender import kernels
from recommender.arrays import NO_ROWS, Rows
from recommender.entities import Interaction
from recommender.interactions import IMPRESSION, Interactions
from recommender.profiles.interaction_weights import WEIGHTS
from recommender.snapshot.lookups import ResolvedIds

FATIGUE_IMPRESSIONS = 5
"""Impressions without a click or stronger action after which a product is shown only if nothing else fits."""


def fatigued_rows(interactions: Iterable[Interaction], ids: ResolvedIds) -> Rows:
    """Rows with FATIGUE_IMPRESSIONS impressions since the last stronger action, ascending."""
    packed = Interactions.of(interactions)
    fatigued = ignored_products(packed)
    if not len(fatigued):
        return NO_ROWS
    rows = ids.find_all(packed.lookup)[fatigued]
    return np.sort(rows[rows >= 0])


def ignored_products(packed: Interactions) -> Rows:
    """Numbers of the products in `packed` that were ignored repeatedly, see `fatigued_rows`."""
    return kernels.profiles.ignored(
        packed.products, packed.times, packed.kinds, WEIGHTS, IMPRESSION, FATIGUE_IMPRESSIONS
    )
