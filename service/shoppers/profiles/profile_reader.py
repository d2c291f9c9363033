"""Profiles of shoppers, from the cache or from the database and the catalog."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
import structlog

from adapters.cache import CacheEntry, CacheUnavailable
from adapters.catalog import CatalogError
from adapters.database import DatabaseError, DatabaseNotPrepared, StoredShopper
from adapters.telemetry import SilentStages
from recommender.entities import Preferences, Profile
from recommender.ports import StageObserver
from service.shoppers.profiles.catalog_reader import CatalogReader
from service.shoppers.profiles.event_application import basis_of
from service.shoppers.profiles.hiding import current_preferences, hidden_products
from service.shoppers.profiles.invalidation import PendingInvalidation, ProfileInvalidator
from service.shoppers.profiles.known_shoppers import KnownShoppers
from service.shoppers.profiles.loaded_profile import Degradation, LoadedProfile
from service.shoppers.profiles.merging import merge_interactions, merge_preferences
from service.shoppers.profiles.profile_cache import CachedProfile, ProfileCache
from service.shoppers.profiles.records import CatalogRecord, stored_catalog_record
from service.shoppers.profiles.shopper_reader import ShopperReader

_NO_DATABASE: tuple[Degradation, ...] = ("database",)

_PARTIAL_SECONDS = 2.0
"""Lifetime of a cached profile that was made without the database."""


@dataclass(frozen=True, slots=True)
class ProfileAges:
    """Limits on the age of a cached profile, in seconds.

    Attributes:
        fresh: up to this age the profile is used as it is.
        stale: up to this age it is used, and refreshed in the background. An older one is refreshed first.
        kept: up to this age it is used if it cannot be refreshed. Then it expires.
    """

    fresh: float
    stale: float
    kept: float


_Refreshed = tuple[CachedProfile | None, tuple[Degradation, ...]]


def _unmeasured(source: str, age_seconds: float) -> None:
    """Measures nothing."""


_RefreshKey = tuple[str, bytes | None, PendingInvalidation | None]


@dataclass(slots=True)
class ProfileReader:
    """Reads profiles, and refreshes them from database and catalog.

    Concurrent readers of one shopper share one refresh, unless the profile was invalidated in between.

    Attributes:
        invalidator: knows outdated profiles in the cache, which are not read.
        shoppers: events, preferences, erasures and the last catalog record.
        catalog: purchases and preferences from the catalog.
        clock: epoch seconds.
        known: shoppers who were read a moment ago.
        stages: observes reads of the database.
        used: called with the source and the age in seconds of each profile that is used.
        is_busy: whether requests wait for the process. It then refreshes nothing in the background, because that is not
            in the fair order of requests, and would keep them waiting. Profiles are used until they are stale.
    """

    cache: ProfileCache
    invalidator: ProfileInvalidator
    shoppers: ShopperReader
    catalog: CatalogReader
    clock: Callable[[], float]
    ages: ProfileAges
    known: KnownShoppers
    stages: StageObserver = field(default_factory=SilentStages)
    used: Callable[[str, float], None] = _unmeasured
    is_busy: Callable[[], bool] = bool
    _refreshes: dict[_RefreshKey, asyncio.Task[_Refreshed]] = field(default_factory=dict)
    _last_degraded: tuple[Degradation, ...] = ()

    async def read(self, user_id: str, entry: CacheEntry | None = None) -> LoadedProfile:
        """Returns the shopper's profile, empty if nothing is known or can be read.

        Args:
            user_id: shopper.
            entry: cache entry that was read before, if any. One of another shopper is ignored.
        """
        loaded = self.kept(user_id)
        if loaded is not None:
            return loaded
        since = self.known.now() if entry is None else entry.asked_at
        degraded: tuple[Degradation, ...] = ()
        try:
            self._reject_outdated(user_id)
            cached = await self.cache.get(user_id, entry)
        except CacheUnavailable:
            cached, degraded = None, ("redis",)
        # A time in the future is of a clock that cannot be trusted.
        age = abs(self.clock() - cached.read_at) if cached else float("inf")
        source = "cached"
        if cached is None or age > self.ages.stale:
            source = "read"
            refreshing = await self._start_refresh(user_id, self.ages.stale, cached)
            refreshed, missing = await asyncio.shield(refreshing)
            cached, degraded = refreshed or cached, (*degraded, *missing)
        elif age > self._fresh_seconds():
            await self._start_refresh(user_id, self.ages.fresh, cached)
            degraded = (*degraded, *self._last_degraded)
        if cached is None:
            return LoadedProfile(Profile(user_id), degraded, hides_known="database" not in degraded)
        self.used(source, abs(self.clock() - cached.read_at))
        if cached.partial and "database" not in degraded:
            degraded = (*degraded, "database")
        if not cached.complete and "catalog" not in degraded:
            degraded = (*degraded, "catalog")
        loaded = LoadedProfile(cached.profile(user_id), degraded)
        return loaded if degraded else self.known.keep(loaded, cached.read_at, since, cached.basis)

    def kept(self, user_id: str) -> LoadedProfile | None:
        """The profile that this process keeps, unless it is too old.

        It is the same object until the shopper's content changes, and complete: nothing was down.
        """
        known = self.known.get(user_id)
        if known is None:
            return None
        age = abs(self.clock() - known.read_at)
        if age > self._fresh_seconds():
            return None
        self.used("kept", age)
        return known.loaded

    def _fresh_seconds(self) -> float:
        return self.ages.stale if self.is_busy() else self.ages.fresh

    def _reject_outdated(self, user_id: str) -> None:
        if self.invalidator.pending(user_id) is not None:
            raise CacheUnavailable("the profile is not invalidated yet")

    async def close(self) -> None:
        """Cancels running refreshes and waits for them to end."""
        tasks = list(self._refreshes.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _start_refresh(
        self, user_id: str, max_age: float, cached: CachedProfile | None
    ) -> asyncio.Task[_Refreshed]:
        """Returns the refresh that runs since the last invalidation, or starts one."""
        try:
            epoch = await self.cache.epoch(user_id)
        except CacheUnavailable:
            epoch = None
        # Without the cache, no epoch tells that the shopper changed since a refresh began.
        key = user_id, epoch, self.invalidator.pending(user_id)
        task = self._refreshes.get(key)
        if task is None:
            task = asyncio.create_task(self._refresh(user_id, epoch, max_age, cached))
            self._refreshes[key] = task
            task.add_done_callback(lambda done: self._end_refresh(key, done))
        return task

    def _end_refresh(self, key: _RefreshKey, task: asyncio.Task[_Refreshed]) -> None:
        self._refreshes.pop(key, None)
        if not task.cancelled() and task.exception() is None:
            _, self._last_degraded = task.result()

    async def _refresh(
        self, user_id: str, epoch: bytes | None, max_age: float, cached: CachedProfile | None
    ) -> _Refreshed:
        """Loads the profile, with a catalog record of at most `max_age` seconds.

        Returns:
            The profile, or None to keep the cached one, and the dependencies that were down.
        """
        now = self.clock()
        try:
            stored = await self._read_stored(user_id)
        except DatabaseError as error:
            if cached is not None and not cached.partial:
                return None, ("database",)  # The cached profile holds more than the catalog alone.
            # Without tables nobody was ever erased, or hid anything.
            is_prepared = not isinstance(error, DatabaseNotPrepared)
            return await self._refresh_without_database(user_id, epoch, now, is_prepared=is_prepared)
        record = stored_catalog_record(stored)
        read_at = (
            stored.catalog_record.as_of.timestamp() if record and stored.catalog_record else float("-inf")
        )
        degraded: tuple[Degradation, ...] = ()
        complete = True
        if record is None or now - read_at > max_age:
            try:
                read, complete = await self.catalog.read(user_id, record)
                record = read.after_erasure(user_id, stored.erased_at, stored.erased_digests)
                read_at = now
            except CatalogError:
                degraded = ("catalog",)
            else:
                if complete:  # What is stored passes for complete.
                    await self._save_record(user_id, record, stored, now)
        if record is None and not stored.events and stored.preferences is None:
            return None, degraded
        profile = _merge(record or CatalogRecord(), stored, read_at, now, epoch, complete)
        if record is not None:
            await self._cache(user_id, profile, self.ages.kept, epoch)
        return profile, degraded

    async def _read_stored(self, user_id: str) -> StoredShopper:
        """Reads the shopper from the database, and caches the hidden products for its outages."""
        epoch = None
        with suppress(CacheUnavailable):
            epoch = await self.cache.hidden_epoch(user_id)
        with self.stages.stage("read_database"):
            stored = await self.shoppers.read(user_id)
        if epoch is not None:
            with suppress(CacheUnavailable):
                await self.cache.set_hidden(user_id, hidden_products(stored), epoch)
        return stored

    async def _refresh_without_database(
        self, user_id: str, epoch: bytes | None, now: float, *, is_prepared: bool
    ) -> _Refreshed:
        """Loads a partial profile from the catalog and the cached hidden products.

        Nothing is loaded if the cache does not know these, or whether the shopper was erased.
        """
        hidden: tuple[str, ...] | None = ()
        erased_at = None
        try:
            if is_prepared:
                hidden = await self.cache.hidden(user_id)
                erased_at = await self.cache.erased_at(user_id)
        except CacheUnavailable:
            hidden = None
        if hidden is None:
            return None, ("database",)
        record, degraded, complete = CatalogRecord(), _NO_DATABASE, True
        try:
            read, complete = await self.catalog.read(user_id, None)
            record = read.after_erasure(user_id, erased_at)
        except CatalogError:
            degraded = ("catalog", *degraded)
        interactions = merge_interactions(record.purchases, (), now)
        preferences = merge_preferences(record.preferences, Preferences(hidden_products=hidden))
        profile = CachedProfile(now, interactions, preferences, partial=True, complete=complete)
        await self._cache(user_id, profile, _PARTIAL_SECONDS, epoch)
        return profile, degraded

    async def _save_record(
        self, user_id: str, record: CatalogRecord, stored: StoredShopper, now: float
    ) -> None:
        """Stores a catalog record, unless nothing is gained by it.

        Nothing is gained by repeating a recent record, or by the empty record of an erased shopper.
        """
        if stored.erased_at is not None and record == CatalogRecord():
            return
        content = msgspec.msgpack.encode(record)
        before = stored.catalog_record
        if before and before.content == content and now - before.as_of.timestamp() < self.ages.stale / 2:
            return
        await self.shoppers.save_catalog_record(user_id, content, datetime.fromtimestamp(now, UTC))

    async def _cache(
        self, user_id: str, profile: CachedProfile, ttl_seconds: float, epoch: bytes | None
    ) -> None:
        if epoch is None:
            return
        try:
            await self.cache.set(user_id, profile, ttl_seconds, epoch)
        except CacheUnavailable:
            structlog.get_logger("service").debug("profile not cached")


def _merge(
    record: CatalogRecord,
    stored: StoredShopper,
    read_at: float,
    now: float,
    epoch: bytes | None,
    complete: bool,
) -> CachedProfile:
    return CachedProfile(
        read_at,
        merge_interactions(record.purchases, stored.events, now),
        merge_preferences(record.preferences, current_preferences(stored)),
        basis=None if epoch is None else basis_of(epoch, record, stored),
        complete=complete,
    )
