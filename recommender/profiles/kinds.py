"""Effects of each kind of interaction."""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from recommender.entities import Interaction, Preferences, Rows
from recommender.snapshot.lookups import ResolvedIds

KIND_WEIGHTS: Mapping[str, float] = {"purchase": 1.0, "cart": 0.7, "click": 0.4, "view": 0.3}
"""Weight of one interaction of each kind, relative to a purchase of the same age.

An action that costs the shopper less effort is weaker evidence (Hu, Koren, Volinsky, "Collaborative filtering for
implicit feedback datasets", ICDM 2008, on confidence). Hides and impressions have no weight: they only restrict what is
shown. The numbers are chosen, not measured, because no available data set could decide them."""

FATIGUE_IMPRESSIONS = 5
"""Impressions without a click or stronger action after which a product is shown only if nothing else fits."""


def strongest_kinds(interactions: Iterable[Interaction], product_ids: Iterable[str]) -> dict[str, str]:
    """The interaction kind with the largest weight for each of `product_ids` that has one."""
    wanted = frozenset(product_ids)
    found: dict[str, str] = {}
    for interaction in interactions:
        product_id, weight = interaction.product_id, KIND_WEIGHTS.get(interaction.kind, 0.0)
        if product_id in wanted and weight > KIND_WEIGHTS.get(found.get(product_id, ""), 0.0):
            found[product_id] = interaction.kind
    return found


def hidden_rows(interactions: Iterable[Interaction], preferences: Preferences, ids: ResolvedIds) -> Rows:
    """Rows hidden by an interaction or by the preferences, ascending."""
    hidden = {one.product_id for one in interactions if one.kind == "hide"}
    return ids.known(sorted(hidden | set(preferences.hidden_products)))


def fatigued_rows(interactions: Iterable[Interaction], ids: ResolvedIds) -> Rows:
    """Rows with FATIGUE_IMPRESSIONS impressions since the last stronger action.

    Ascending, each once.
    """
    interactions = list(interactions)
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
