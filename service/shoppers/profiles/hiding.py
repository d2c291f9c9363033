"""Products that a shopper hides now, by events and by stored preferences."""

from collections.abc import Iterable
from dataclasses import replace

from adapters.database import Event, StoredShopper
from recommender.entities import Preferences
from service.shoppers.profiles.records import stored_preferences


def latest_changes(events: Iterable[Event]) -> dict[str, Event]:
    """The latest hide or unhide of each product, by its own time.

    Of two at the same time, the unhide counts.
    """
    changes = [event for event in events if event.kind in {"hide", "unhide"}]
    changes.sort(key=lambda event: (event.occurred_at, event.kind == "unhide"))
    return {event.product_id: event for event in changes}


def hidden_products(stored: StoredShopper) -> frozenset[str]:
    """Ids of all products that the shopper hides now."""
    own = current_preferences(stored) or Preferences()
    hides = (event.product_id for event in latest_changes(stored.events).values() if event.kind == "hide")
    return frozenset(own.hidden_products).union(hides)


def current_preferences(stored: StoredShopper) -> Preferences | None:
    """The stored preferences, if there are readable ones.

    Products that were unhidden since are left out.
    """
    own = stored_preferences(stored)
    if own is None or stored.preferences is None or not own.hidden_products:
        return own
    changes, set_at = latest_changes(stored.events), stored.preferences.as_of
    hidden = [
        product_id
        for product_id in own.hidden_products
        if not (
            (change := changes.get(product_id)) and change.kind == "unhide" and change.occurred_at >= set_at
        )
    ]
    return replace(own, hidden_products=tuple(hidden))
