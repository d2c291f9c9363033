"""Merges what the catalog, the events and the stored preferences say about a shopper."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import compress, count

import msgspec
import numpy as np

from adapters.database import Event
from recommender.entities import SECONDS_PER_DAY, Preferences
from recommender.interactions import Interactions
from recommender.profiles.refunds import kept_purchases
from recommender.snapshot.brands import brand_key
from recommender.snapshot.categories import path_key
from service.shoppers.profiles.hiding import latest_changes
from service.shoppers.profiles.records import PurchaseRecord


def merge_interactions(
    purchases: Sequence[PurchaseRecord], events: Sequence[Event], now: float
) -> Interactions:
    """Merges purchases and events into interactions.

    A purchase event duplicates a purchase of the catalog if it has the same product, and the same id, order or day
    (UTC). Catalog and shop page rarely agree on the second of a purchase, and recommendations need only the day. Times
    in the future become `now`. A refunded purchase does not count, and neither does its event. Of a product's hides and
    unhides only the latest counts.
    """
    if any(purchase.at > now for purchase in purchases):
        purchases = [msgspec.structs.replace(each, at=min(each.at, now)) for each in purchases]
    ids = {(purchase.product_id, purchase.id) for purchase in purchases}
    ordered = {
        (purchase.product_id, purchase.order_id) for purchase in purchases if purchase.order_id is not None
    }
    kept = _unrefunded(purchases)
    gone = {_day(line.product_id, line.at) for line in purchases if line.quantity > 0} - {
        _day(*one) for one in kept
    }
    bought = kept + [
        (event.product_id, min(event.occurred_at.timestamp(), now))
        for event in events
        if event.kind == "purchase"
        and (event.product_id, event.id) not in ids
        and (event.product_id, event.order_id) not in ordered
        and _day(event.product_id, event.occurred_at.timestamp()) not in gone
    ]
    latest: dict[tuple[str, int], float] = {}
    for product_id, at in bought:
        day = _day(product_id, at)
        latest[day] = max(at, latest.get(day, at))
    others = [
        (event.product_id, min(event.occurred_at.timestamp(), now), str(event.kind))
        for event in events
        if event.kind not in {"purchase", "hide", "unhide"}
    ]
    others += [
        (product_id, min(event.occurred_at.timestamp(), now), "hide")
        for product_id, event in latest_changes(events).items()
        if event.kind == "hide"
    ]
    return Interactions.of([(product_id, at, "purchase") for (product_id, _), at in latest.items()] + others)


def _unrefunded(purchases: Sequence[PurchaseRecord]) -> list[tuple[str, float]]:
    """Product and time of the purchases that refunds leave over."""
    if all(purchase.quantity > 0 for purchase in purchases):
        return [(purchase.product_id, purchase.at) for purchase in purchases]
    products, orders = defaultdict[str, int](count().__next__), defaultdict[str, int](count(1).__next__)
    kept = kept_purchases(
        np.array([products[purchase.product_id] for purchase in purchases], dtype=np.int64),
        np.array([purchase.at for purchase in purchases]),
        np.array([purchase.quantity for purchase in purchases]),
        np.array(
            [orders[purchase.order_id] if purchase.order_id else 0 for purchase in purchases], dtype=np.int64
        ),
    )
    return [(purchase.product_id, purchase.at) for purchase in compress(purchases, kept.tolist())]


def _day(product_id: str, at: float) -> tuple[str, int]:
    """Identifies the purchases of a product on one day (UTC)."""
    return product_id, int(at // SECONDS_PER_DAY)


def merge_preferences(catalog: Preferences, own: Preferences | None) -> Preferences:
    """Adds the catalog's preferences to the shopper's own, except those that contradict them.

    An own category stands for all categories below it, so that a catalog's category below an opposite one is a
    contradiction too.
    """
    if own is None:
        own = Preferences()
    return Preferences(
        liked_categories=_merge_names(
            own.liked_categories, catalog.liked_categories, own.disliked_categories, path_key
        ),
        disliked_categories=_merge_names(
            own.disliked_categories, catalog.disliked_categories, own.liked_categories, path_key
        ),
        liked_brands=_merge_names(own.liked_brands, catalog.liked_brands, own.disliked_brands, _brand_path),
        disliked_brands=_merge_names(
            own.disliked_brands, catalog.disliked_brands, own.liked_brands, _brand_path
        ),
        price_min=catalog.price_min if own.price_min is None else own.price_min,
        price_max=catalog.price_max if own.price_max is None else own.price_max,
        hidden_products=own.hidden_products,
    )


def _merge_names(
    own: Sequence[str],
    others: Iterable[str],
    opposite: Iterable[str],
    path: Callable[[str], tuple[str, ...]],
) -> tuple[str, ...]:
    """Returns `own`, then those of `others` that are neither in `opposite` nor below it."""
    opposite_paths = {path(name) for name in opposite}
    lengths = {len(parts) for parts in opposite_paths if parts}

    def contradicts(name: str) -> bool:
        parts = path(name)
        return any(parts[:length] in opposite_paths for length in lengths)

    return tuple(dict.fromkeys([*own, *(name for name in others if not contradicts(name))]))


def _brand_path(name: str) -> tuple[str, ...]:
    return (brand_key(name),)
