"""Answers about one shopper: preferences, export and erasure."""

from datetime import UTC, datetime

import msgspec

from adapters.database import Erasure, Event, StoredShopper
from service.shoppers.preferences import PreferencesView
from service.shoppers.profiles.records import CatalogRecord, stored_catalog_record, stored_preferences


class PreferencesDocument(msgspec.Struct, frozen=True):
    """Stored preferences of a shopper.

    Attributes:
        user_id: shopper.
        preferences: what was set.
        updated_at: time at which they were set. Null if they never were.
    """

    user_id: str
    preferences: PreferencesView
    updated_at: datetime | None


class ExportedPurchase(msgspec.Struct, frozen=True):
    """A purchase from the catalog, or a refund.

    Attributes:
        id: the catalog's id of the purchase.
        product_id: product.
        purchased_at: time of the purchase.
        order_id: its order.
        quantity: number of pieces, negative for a refund.
    """

    id: str | None
    product_id: str
    purchased_at: datetime
    order_id: str | None
    quantity: float


class ShopperExport(msgspec.Struct, frozen=True):
    """All data stored of a shopper.

    Attributes:
        user_id: shopper.
        exported_at: time of the export.
        events: recorded events, newest first.
        purchases: purchases last read from the catalog, which owns them. A purchase that was also sent as an event is
            in both lists, and counts once in every answer.
        purchases_read_at: time at which the catalog was read.
        preferences: preferences set through this API, null if none were.
        preferences_updated_at: time at which they were set.
        erased_at: time of the last erasure. Anything that happened before is ignored.
    """

    user_id: str
    exported_at: datetime
    events: list[Event]
    purchases: list[ExportedPurchase]
    purchases_read_at: datetime | None
    preferences: PreferencesView | None
    preferences_updated_at: datetime | None
    erased_at: datetime | None


class RemovedView(msgspec.Struct, frozen=True):
    """Rows that an erasure removed.

    Attributes:
        events: number of events.
        profiles: number of records of the catalog's data.
        preferences: number of records of preferences.
    """

    events: int
    profiles: int
    preferences: int


class ErasureView(msgspec.Struct, frozen=True):
    """Receipt of an erasure.

    Attributes:
        user_id: shopper.
        erased_at: anything that happened before is ignored from now on.
        removed: number of rows that were removed.
    """

    user_id: str
    erased_at: datetime
    removed: RemovedView


def build_export(user_id: str, stored: StoredShopper, now: datetime) -> ShopperExport:
    """Builds the export of a shopper at the time `now`."""
    record = stored_catalog_record(stored) or CatalogRecord()
    preferences = stored_preferences(stored)
    return ShopperExport(
        user_id=user_id,
        exported_at=now,
        events=list(stored.events),
        purchases=[
            ExportedPurchase(
                id=purchase.id,
                product_id=purchase.product_id,
                purchased_at=datetime.fromtimestamp(purchase.at, UTC),
                order_id=purchase.order_id,
                quantity=purchase.quantity,
            )
            for purchase in record.purchases
        ],
        purchases_read_at=stored.catalog_record.as_of if stored.catalog_record else None,
        preferences=PreferencesView.of(preferences) if preferences is not None else None,
        preferences_updated_at=stored.preferences.as_of if stored.preferences else None,
        erased_at=stored.erased_at,
    )


def build_receipt(erasure: Erasure) -> ErasureView:
    """Builds the receipt of an erasure."""
    removed = RemovedView(events=erasure.events, profiles=erasure.profiles, preferences=erasure.preferences)
    return ErasureView(erasure.user_id, erasure.erased_at, removed)
