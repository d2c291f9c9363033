"""What is known of a shopper, as it is stored and cached, and how its sources are joined."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from adapters.catalog import Preferences as CatalogPreferences
from adapters.catalog import Purchase, UserRecord
from adapters.database import Event, StoredShopper
from recommender.entities import SECONDS_PER_DAY, Interaction, Preferences, Profile
from recommender.snapshot.brands import brand_key
from recommender.snapshot.categories import path_key
from service.http.ids import ProductId


class PurchaseSource(Protocol):
    """Purchases and preferences of one shopper, as the catalog knows them.

    Every method raises CatalogError when the catalog cannot be read, within a bounded time.
    """

    async def user_purchases(self, user_id: str, limit: int) -> list[Purchase] | None:
        """At most `limit` purchases, newest first. None for an unknown user."""
        ...

    async def user(self, user_id: str) -> UserRecord | None:
        """The user's record. None for an unknown user."""
        ...


class PurchaseRecord(msgspec.Struct, array_like=True, frozen=True):
    """One purchase as the catalog told it; `at` in epoch seconds."""

    id: str | None
    product_id: str
    at: float
    order_id: str | None = None


class CatalogRecord(msgspec.Struct, array_like=True, frozen=True):
    """What the catalog said of a shopper when it was last asked."""

    purchases: list[PurchaseRecord] = []
    preferences: CatalogPreferences = CatalogPreferences()


class PreferencesView(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a shopper likes and dislikes; lists are bounded by the API."""

    liked_categories: list[str] = []
    disliked_categories: list[str] = []
    liked_brands: list[str] = []
    disliked_brands: list[str] = []
    price_min: float | None = None
    price_max: float | None = None
    hidden_products: list[ProductId] = []


class CachedProfile(msgspec.Struct, array_like=True, frozen=True):
    """A profile as it is cached.

    Attributes:
        read_at: when the catalog was asked, in epoch seconds.
        interactions: (product id, epoch seconds, kind).
        preferences: joined.
        partial: made without the database, which was down.
    """

    read_at: float
    interactions: list[tuple[str, float, str]]
    preferences: PreferencesView = PreferencesView()
    partial: bool = False

    def profile(self, user_id: str) -> Profile:
        """The core's profile."""
        known = (Interaction(product_id, at, kind) for product_id, at, kind in self.interactions)
        return Profile(user_id, tuple(known), core_preferences(self.preferences))


def purchase_records(purchases: Iterable[Purchase], now: float) -> list[PurchaseRecord]:
    """What is kept of the catalog's purchases; times in the future count as now."""
    return [
        PurchaseRecord(
            purchase.id, purchase.product_id, min(purchase.purchased_at.timestamp(), now), purchase.order_id
        )
        for purchase in purchases
    ]


def since_erasure(record: CatalogRecord, erased_at: datetime | None) -> CatalogRecord:
    """What of the catalog's record may be used of a shopper who was erased: purchases made later, and nothing else."""
    if erased_at is None:
        return record
    later = erased_at.timestamp()
    return CatalogRecord([purchase for purchase in record.purchases if purchase.at > later])


def joined_interactions(
    purchases: Sequence[PurchaseRecord], events: Sequence[Event], now: float
) -> list[tuple[str, float, str]]:
    """The catalog's purchases and the shopper's events as (product, time, kind), each purchase once.

    A purchase is known twice when an event has its id, or names the same product in the same order, or on the same day
    (UTC): the catalog and the shop's page rarely agree on the second, and for recommendations only the day counts.
    """
    ids = {purchase.id for purchase in purchases}
    ordered = {(one.product_id, one.order_id) for one in purchases if one.order_id is not None}
    latest: dict[tuple[str, int], float] = {}
    bought = [(purchase.product_id, purchase.at) for purchase in purchases]
    bought += [
        (event.product_id, min(event.occurred_at.timestamp(), now))
        for event in events
        if event.kind == "purchase"
        and event.id not in ids
        and (event.product_id, event.order_id) not in ordered
    ]
    for product_id, at in bought:
        day = product_id, int(at // SECONDS_PER_DAY)
        latest[day] = max(at, latest.get(day, at))
    others = [
        (event.product_id, min(event.occurred_at.timestamp(), now), str(event.kind))
        for event in events
        if event.kind != "purchase"
    ]
    return [(product_id, at, "purchase") for (product_id, _), at in latest.items()] + others


def joined_preferences(catalog: CatalogPreferences, own: PreferencesView | None) -> PreferencesView:
    """What was set here, and of the catalog's preferences what does not contradict it.

    A category that was set here stands for all below it: what the catalog says of one below is a contradiction too.
    """
    if own is None:
        own = PreferencesView()
    return PreferencesView(
        liked_categories=_joined(
            own.liked_categories, catalog.liked_categories, own.disliked_categories, path_key
        ),
        disliked_categories=_joined(
            own.disliked_categories, catalog.disliked_categories, own.liked_categories, path_key
        ),
        liked_brands=_joined(own.liked_brands, catalog.liked_brands, own.disliked_brands, _brand_path),
        disliked_brands=_joined(own.disliked_brands, catalog.disliked_brands, own.liked_brands, _brand_path),
        price_min=catalog.price_min if own.price_min is None else own.price_min,
        price_max=catalog.price_max if own.price_max is None else own.price_max,
        hidden_products=own.hidden_products,
    )


def decoded_record(stored: StoredShopper) -> CatalogRecord | None:
    """What the catalog said when it was last asked; None when it was not, or by another release."""
    try:
        return msgspec.msgpack.decode(stored.profile.content, type=CatalogRecord) if stored.profile else None
    except msgspec.DecodeError:
        return None


def stored_preferences(stored: StoredShopper) -> PreferencesView | None:
    """What was set here; None when nothing was, or by another release."""
    try:
        own = stored.preferences
        return msgspec.msgpack.decode(own.content, type=PreferencesView) if own else None
    except msgspec.DecodeError:
        return None


def core_preferences(view: PreferencesView) -> Preferences:
    """The core's preferences."""
    return Preferences(
        tuple(view.liked_categories),
        tuple(view.disliked_categories),
        tuple(view.liked_brands),
        tuple(view.disliked_brands),
        view.price_min,
        view.price_max,
        tuple(view.hidden_products),
    )


def _joined(
    own: Sequence[str],
    others: Iterable[str],
    opposite: Iterable[str],
    path: Callable[[str], tuple[str, ...]],
) -> list[str]:
    """`own` and those of `others` that are neither among nor below the `opposite`."""
    against = {path(value) for value in opposite}

    def contradicted(value: str) -> bool:
        parts = path(value)
        return any(parts[: end + 1] in against for end in range(len(parts)))

    return list(dict.fromkeys([*own, *(value for value in others if not contradicted(value))]))


def _brand_path(name: str) -> tuple[str, ...]:
    return (brand_key(name),)
