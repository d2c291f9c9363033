"""Weights of interactions by kind: purchases, carts, clicks, views."""

from collections.abc import Iterable, Mapping

from recommender.entities import Interaction

KIND_WEIGHTS: Mapping[str, float] = {"purchase": 1.0, "cart": 0.7, "click": 0.4, "view": 0.3}
"""Weight of one interaction of each kind, relative to a purchase of the same age.

An action that costs the shopper less effort is weaker evidence (Hu, Koren, Volinsky, "Collaborative filtering for
implicit feedback datasets", ICDM 2008, on confidence). Hides and impressions have no weight: they only restrict what is
shown. The numbers are chosen, not measured, because no available data set could decide them."""


def strongest_kinds(interactions: Iterable[Interaction], product_ids: Iterable[str]) -> dict[str, str]:
    """The interaction kind with the largest weight for each of `product_ids` that has one."""
    wanted = frozenset(product_ids)
    found: dict[str, str] = {}
    for interaction in interactions:
        product_id, weight = interaction.product_id, KIND_WEIGHTS.get(interaction.kind, 0.0)
        if product_id in wanted and weight > KIND_WEIGHTS.get(found.get(product_id, ""), 0.0):
            found[product_id] = interaction.kind
    return found
