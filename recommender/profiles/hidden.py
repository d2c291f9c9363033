"""Products that a shopper hid."""

from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np

from recommender.entities import NO_PREFERENCES, Interaction, Preferences, Profile, SessionContext
from recommender.interactions import HIDE, Interactions


def hidden_ids(
    interactions: Iterable[Interaction], preferences: Preferences = NO_PREFERENCES
) -> frozenset[str]:
    """Ids of products hidden by an interaction or by the preferences.

    They are never shown.
    """
    packed = Interactions.of(interactions)
    hides = packed.products[packed.kinds == HIDE].tolist()
    return frozenset(preferences.hidden_products).union(map(packed.lookup.ids.text, hides))


def without_products(profile: Profile, product_ids: Collection[str]) -> Profile:
    """`profile` without interactions with `product_ids`.

    Hidden products are no evidence of taste, and no reason names one.
    """
    if not product_ids:
        return profile
    packed = profile.interactions
    hidden = np.zeros(len(packed.lookup.ids) + 1, dtype=np.bool_)
    hidden[packed.lookup.find(list(product_ids))] = True  # The last entry is of ids that the profile lacks.
    return replace(profile, interactions=packed.where(~hidden[packed.products]))


def session_without(session: SessionContext, product_ids: Collection[str]) -> SessionContext:
    """`session` without actions on `product_ids`, but with its hides.

    The counterpart of `without_products` for sessions.
    """
    if not product_ids:
        return session
    return SessionContext(
        tuple(
            each for each in session.interactions if each.kind == "hide" or each.product_id not in product_ids
        ),
        tuple(product_id for product_id in session.basket if product_id not in product_ids),
    )
