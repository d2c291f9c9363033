"""Records events of shoppers, and reads, changes, exports and erases their data."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from adapters.cache import CacheUnavailable
from adapters.database import DatabaseError, EventStore, ShopperStore
from adapters.telemetry import ServiceMetrics
from recommender.entities import Preferences
from service.http.problems import StorageUnavailable
from service.shoppers.attribution import Attribution
from service.shoppers.events import EventBatch, EventsView, build_view, validate_events
from service.shoppers.preferences import PreferencesView
from service.shoppers.profiles.hiding import current_preferences, hidden_products
from service.shoppers.profiles.invalidation import ProfileInvalidator
from service.shoppers.profiles.profile_cache import ProfileCache
from service.shoppers.profiles.profile_updater import ProfileUpdater
from service.shoppers.profiles.records import CatalogRecord, stored_catalog_record
from service.shoppers.responses import (
    ErasureView,
    PreferencesDocument,
    ShopperExport,
    build_export,
    build_receipt,
)

_MAX_EXPORTED_EVENTS = 1_000_000
_MAX_CACHED_HIDDEN = 20


@dataclass(frozen=True, slots=True)
class ShopperService:
    """Changes the database first, then updates or invalidates the profile on every pod.

    Every method raises DatabaseError when the database fails.

    Attributes:
        events: database of events.
        store: database of everything else about shoppers.
        clock: epoch seconds.
    """

    events: EventStore
    store: ShopperStore
    cache: ProfileCache
    invalidator: ProfileInvalidator
    attribution: Attribution
    updater: ProfileUpdater
    metrics: ServiceMetrics
    clock: Callable[[], float]

    async def record(self, batch: EventBatch, check_subject: Callable[[str], None]) -> EventsView:
        """Stores the acceptable events of a batch.

        On return they are durable and visible on every pod. While the cache is down for all pods, no pod can answer
        from it. A pod that alone cannot reach it invalidates the shoppers' profiles as soon as it can.

        Args:
            batch: the events.
            check_subject: raises AuthorizationError for a shopper whom the caller may not reach.
        """
        now = datetime.fromtimestamp(self.clock(), UTC)
        events = validate_events(batch, check_subject, now)
        kept = self.updater.kept(event.user_id for event in events.accepted)
        outcomes = await self.events.add(events.accepted)
        added = [
            event for event, outcome in zip(events.accepted, outcomes, strict=True) if outcome == "added"
        ]
        for event in added:
            self.metrics.event_stored(event.kind, (now - event.occurred_at).total_seconds())
        changed = sorted({event.user_id for event in added if event.kind in {"hide", "unhide"}})
        updated = await self.updater.apply(added, kept)
        await self.invalidator.invalidate(sorted({event.user_id for event in added} - updated), changed)
        await self._cache_hidden(changed)
        unattributed = await self.attribution.count(added)
        return msgspec.structs.replace(build_view(events, outcomes), unattributed=unattributed)

    async def preferences(self, user_id: str) -> PreferencesDocument:
        """Returns the stored preferences, empty if none were set.

        Products that were unhidden since are left out.
        """
        stored = await self.store.read(user_id, 0)
        own = current_preferences(stored)
        updated_at = stored.preferences.as_of if own is not None and stored.preferences else None
        return PreferencesDocument(user_id, PreferencesView.of(own or Preferences()), updated_at)

    async def set_preferences(self, user_id: str, preferences: Preferences) -> PreferencesDocument:
        """Replaces the stored preferences. The next answer of every pod uses them."""
        updated_at = await self.store.save_preferences(user_id, msgspec.msgpack.encode(preferences))
        await self.invalidator.invalidate([user_id], [user_id])
        await self._cache_hidden([user_id])
        return PreferencesDocument(user_id, PreferencesView.of(preferences), updated_at)

    async def export(self, user_id: str) -> ShopperExport:
        """Returns all data stored of the shopper."""
        stored = await self.store.read(user_id, _MAX_EXPORTED_EVENTS)
        return build_export(user_id, stored, datetime.fromtimestamp(self.clock(), UTC))

    async def erase(self, user_id: str) -> ErasureView:
        """Removes the shopper from the database and from every pod's cache.

        Raises:
            StorageUnavailable: the cache cannot be reached. It is invalidated first, so that usually nothing was
                removed yet. Repeat the call to complete the erasure.
        """
        try:
            await self.cache.invalidate([user_id], [user_id])
            erasure = await self.store.erase(user_id, await self._later_purchases(user_id))
            await self.cache.write_tombstone(user_id, erasure.erased_at.timestamp())
        except CacheUnavailable as error:
            raise StorageUnavailable(
                "The cache is unavailable, so the erasure is not complete. Repeat the request."
            ) from error
        return build_receipt(erasure)

    async def _later_purchases(self, user_id: str) -> list[str]:
        """Keys of the catalog's purchases that are dated in the future."""
        record = stored_catalog_record(await self.store.read(user_id, 0)) or CatalogRecord()
        now = self.clock()
        return [purchase.key(user_id) for purchase in record.purchases if purchase.at > now]

    async def _cache_hidden(self, user_ids: Sequence[str]) -> None:
        """Caches the hidden products of a few shoppers.

        The database may be down when they are read next. While the cache or the database fails, or for many shoppers,
        they stay unknown to the cache until then.
        """
        with suppress(CacheUnavailable, DatabaseError):
            for user_id in user_ids[:_MAX_CACHED_HIDDEN]:
                epoch = await self.cache.hidden_epoch(user_id)
                stored = await self.store.read(user_id, 0)
                await self.cache.set_hidden(user_id, hidden_products(stored), epoch)
