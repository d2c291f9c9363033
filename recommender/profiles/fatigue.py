"""Products that a shopper ignored repeatedly."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from recommender.entities import NO_ROWS, Interaction, Rows
from recommender.profiles.interaction_weights import KIND_WEIGHTS
from recommender.snapshot.lookups import ResolvedIds

FATIGUE_IMPRESSIONS = 5
"""Impressions without a click or stronger action after which a product is shown only if nothing else fits."""


def fatigued_rows(interactions: Sequence[Interaction], ids: ResolvedIds) -> Rows:
    """Rows with FATIGUE_IMPRESSIONS impressions since the last stronger action, ascending."""
    if not any(one.kind == "impression" for one in interactions):
        return NO_ROWS
    engaged: dict[str, float] = {}
    for one in interactions:
        if one.kind in KIND_WEIGHTS:
            engaged[one.product_id] = max(one.at, engaged.get(one.product_id, -np.inf))
    ignored = Counter(
        one.product_id
        for one in interactions
        if one.kind == "impression" and one.at > engaged.get(one.product_id, -np.inf)
    )
    return ids.known(
        sorted(product_id for product_id, times in ignored.items() if times >= FATIGUE_IMPRESSIONS)
    )
