"""Products that a shopper hid."""

from collections.abc import Iterable

from recommender.entities import Interaction, Preferences, Rows
from recommender.snapshot.lookups import ResolvedIds


def hidden_rows(interactions: Iterable[Interaction], preferences: Preferences, ids: ResolvedIds) -> Rows:
    """Rows hidden by an interaction or by the preferences, ascending. They are never shown."""
    hidden = {one.product_id for one in interactions if one.kind == "hide"}
    return ids.known(sorted(hidden | set(preferences.hidden_products)))
