"""Products that a shopper hid."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from recommender.entities import Interaction, Preferences, Profile


def hidden_ids(interactions: Iterable[Interaction], preferences: Preferences) -> frozenset[str]:
    """Ids of products hidden by an interaction or by the preferences.

    They are never shown.
    """
    hides = (one.product_id for one in interactions if one.kind == "hide")
    return frozenset(preferences.hidden_products).union(hides)


def without_products(profile: Profile, product_ids: Collection[str]) -> Profile:
    """`profile` without interactions with `product_ids`.

    Hidden products are no evidence of taste, and no reason names one.
    """
    if not product_ids:
        return profile
    visible = tuple(one for one in profile.interactions if one.product_id not in product_ids)
    return replace(profile, interactions=visible)
