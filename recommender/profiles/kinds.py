"""What each kind of interaction says of a shopper."""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from recommender.entities import Interaction, Profile, Rows
from recommender.snapshot import Snapshot

KIND_WEIGHTS: Mapping[str, float] = {"purchase": 1.0, "cart": 0.7, "click": 0.4, "view": 0.3}
"""How much one interaction of each kind counts beside a purchase of the same age: the less it cost the shopper to do,
the less it says (Hu, Koren, Volinsky, "Collaborative filtering for implicit feedback datasets", ICDM 2008, on
confidence). A hide and an impression count nothing: they tell what not to show. The numbers are a choice; no data set
at hand could decide them."""

IMPRESSIONS_TO_SINK = 5
"""A product that was shown this often, without a click or more since, is shown only where nothing else fits."""


def strongest_kinds(interactions: Iterable[Interaction], product_ids: Iterable[str]) -> dict[str, str]:
    """For each of `product_ids` that there was something with: the kind that weighs most."""
    wanted = frozenset(product_ids)
    found: dict[str, str] = {}
    for interaction in interactions:
        product_id, weight = interaction.product_id, KIND_WEIGHTS.get(interaction.kind, 0.0)
        if product_id in wanted and weight > KIND_WEIGHTS.get(found.get(product_id, ""), 0.0):
            found[product_id] = interaction.kind
    return found


def hidden_rows(profile: Profile, snapshot: Snapshot) -> Rows:
    """Rows that are never shown to this shopper: hidden one by one, or in the preferences; ascending, each once."""
    hidden = {one.product_id for one in profile.interactions if one.kind == "hide"}
    return _known(hidden | set(profile.preferences.hidden_products), snapshot)


def sunk_rows(profile: Profile, snapshot: Snapshot) -> Rows:
    """Rows that were shown at least IMPRESSIONS_TO_SINK times since the shopper last cared; ascending, each once."""
    cared: dict[str, float] = {}
    for one in profile.interactions:
        if one.kind in KIND_WEIGHTS:
            cared[one.product_id] = max(one.at, cared.get(one.product_id, -np.inf))
    shown = Counter(
        one.product_id
        for one in profile.interactions
        if one.kind == "impression" and one.at > cared.get(one.product_id, -np.inf)
    )
    return _known(
        {product_id for product_id, times in shown.items() if times >= IMPRESSIONS_TO_SINK}, snapshot
    )


def _known(product_ids: set[str], snapshot: Snapshot) -> Rows:
    rows = snapshot.lookup.find(sorted(product_ids))
    return np.unique(rows[rows >= 0])
