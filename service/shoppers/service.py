"""What shoppers do, like, may see of themselves, and may have erased."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from adapters.cache import CacheUnavailable
from adapters.database import Erasure, EventStore, ShopperStore, StoredShopper
from service.auth import Principal
from service.http.refusals import StorageUnavailable
from service.shoppers.attribution import Attribution
from service.shoppers.events import EventBody, EventsView, judged
from service.shoppers.invalidation import Forgetting
from service.shoppers.profiles import ProfileReader
from service.shoppers.records import CatalogRecord, PreferencesView, decoded_record, stored_preferences

_MOST_EXPORTED = 1_000_000


class PreferencesDocument(msgspec.Struct, frozen=True):
    """Preferences as they were set here; `updated_at` is null while none were."""

    user_id: str
    preferences: PreferencesView
    updated_at: datetime | None


class ExportedPurchase(msgspec.Struct, frozen=True):
    """A purchase that the catalog told of."""

    id: str | None
    product_id: str
    purchased_at: datetime
    order_id: str | None


class ShopperExport(msgspec.Struct, frozen=True):
    """All that is stored of a shopper.

    Attributes:
        user_id: the shopper.
        exported_at: the time of the export.
        events: what was recorded, newest first.
        purchases: what the catalog, which owns purchases, said when it was last asked; read at `purchases_read_at`. One
            that came as an event too stands in both lists, and counts once in every answer.
        preferences: as set here; null when none were.
        erased_at: when the shopper was erased last; what happened up to then is not used.
    """

    user_id: str
    exported_at: datetime
    events: list[EventBody]
    purchases: list[ExportedPurchase]
    purchases_read_at: datetime | None
    preferences: PreferencesView | None
    preferences_updated_at: datetime | None
    erased_at: datetime | None


class RemovedView(msgspec.Struct, frozen=True):
    """How many rows of each kind an erasure removed."""

    events: int
    profiles: int
    preferences: int


class ErasureView(msgspec.Struct, frozen=True):
    """The receipt of an erasure."""

    user_id: str
    erased_at: datetime
    removed: RemovedView


@dataclass(frozen=True, slots=True)
class Shoppers:
    """Writes to the database first, then makes every pod read anew; DatabaseError passes through.

    Attributes:
        events: where events are stored.
        store: where all else is stored.
        profiles: what answers are made from.
        forgetting: makes answers anew after a change.
        attribution: counts impressions and clicks.
        clock: epoch seconds.
    """

    events: EventStore
    store: ShopperStore
    profiles: ProfileReader
    forgetting: Forgetting
    attribution: Attribution
    clock: Callable[[], float]

    async def record(self, body: bytes, principal: Principal) -> EventsView:
        """Stores a batch; what is acceptable is durable, and seen by the next answer on every pod, on return.

        While the cache is down for all, no pod can answer from it either; a pod that alone does not reach it makes
        the others read anew as soon as it does.
        """
        batch = judged(body, principal, datetime.fromtimestamp(self.clock(), UTC))
        recorded = await self.events.add(batch.good)
        added = {event.id: event for event in batch.good if event.id in recorded.added}.values()
        for event in added:
            self.attribution.attribute(event.kind, event.recommendation_id)
        touched = {event.user_id for event in added}
        await self.forgetting.forget(sorted(touched))
        ignored = sum(event.id in recorded.barred for event in batch.good)
        return EventsView(
            accepted=len(recorded.added),
            duplicates=len(batch.good) - len(recorded.added) - ignored,
            ignored=ignored,
            results=[] if batch.all_good else batch.entries,
        )

    async def preferences(self, user_id: str) -> PreferencesDocument:
        """What was set for the shopper; empty when nothing was."""
        stored = await self.store.read(user_id, 0)
        own = stored_preferences(stored)
        at = stored.preferences.at if own is not None and stored.preferences else None
        return PreferencesDocument(user_id, own or PreferencesView(), at)

    async def set_preferences(self, user_id: str, preferences: PreferencesView) -> PreferencesDocument:
        """Replaces what was set; holds from the next answer on, on every pod."""
        at = await self.store.put_preferences(user_id, msgspec.msgpack.encode(preferences))
        await self.forgetting.forget([user_id])
        return PreferencesDocument(user_id, preferences, at)

    async def export(self, user_id: str) -> ShopperExport:
        """All that is stored of the shopper."""
        stored = await self.store.read(user_id, _MOST_EXPORTED)
        return _exported(user_id, stored, datetime.fromtimestamp(self.clock(), UTC))

    async def erase(self, user_id: str) -> ErasureView:
        """Removes the shopper from the database and from every pod.

        Raises:
            StorageUnavailable: the cache cannot be reached. It is asked first, so that in general nothing was removed
                yet; to repeat the call is harmless, and needed.
        """
        try:
            await self.profiles.forget([user_id])
            receipt = await self.store.erase(user_id)
            await self.profiles.bury(user_id, receipt.erased_at.timestamp())
        except CacheUnavailable as error:
            raise StorageUnavailable(
                "The shopper cannot be removed from every pod's cache now, so the erasure is not complete; repeat it."
            ) from error
        return _receipt(receipt)


def _exported(user_id: str, stored: StoredShopper, now: datetime) -> ShopperExport:
    record = decoded_record(stored) or CatalogRecord()
    return ShopperExport(
        user_id=user_id,
        exported_at=now,
        events=[EventBody.of(event) for event in stored.events],
        purchases=[
            ExportedPurchase(one.id, one.product_id, datetime.fromtimestamp(one.at, UTC), one.order_id)
            for one in record.purchases
        ],
        purchases_read_at=stored.profile.at if stored.profile else None,
        preferences=stored_preferences(stored),
        preferences_updated_at=stored.preferences.at if stored.preferences else None,
        erased_at=stored.erased_at,
    )


def _receipt(erasure: Erasure) -> ErasureView:
    removed = RemovedView(erasure.events, erasure.profiles, erasure.preferences)
    return ErasureView(erasure.user_id, erasure.erased_at, removed)
