"""Shoppers' profiles: from the cache when it has them, else from the database and the catalog's purchases."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import msgspec
import structlog

from adapters.cache import Cache, CacheUnavailable
from adapters.catalog import CatalogError
from adapters.catalog import Preferences as CatalogPreferences
from adapters.database import DatabaseError, StoredShopper
from adapters.telemetry import ServiceMetrics
from recommender.entities import Profile
from service.shoppers.reader import StoredShoppers
from service.shoppers.records import (
    CachedProfile,
    CatalogRecord,
    PurchaseSource,
    decoded_record,
    joined_interactions,
    joined_preferences,
    purchase_records,
    since_erasure,
    stored_preferences,
)

Degradation = Literal["redis", "catalog", "database"]

_PARTIAL_SECONDS = 2.0
"""How long a profile that was made without the database serves."""

_TOMBSTONE_SECONDS = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class LoadedProfile:
    """A profile, and what was down while it was read."""

    profile: Profile
    degraded: tuple[Degradation, ...] = ()


@dataclass(frozen=True, slots=True)
class ProfileAges:
    """What a profile's age, in seconds, means.

    Attributes:
        fresh: up to here it is simply used.
        stale: up to here it is used too, and refreshed behind the answer; beyond, the answer waits for a newer one.
        kept: beyond, it is forgotten; up to here it serves while the catalog is down.
    """

    fresh: float
    stale: float
    kept: float


@dataclass(frozen=True, slots=True)
class _Refreshed:
    """A newer profile, None where nothing better than the cached one could be had; and what was down."""

    profile: CachedProfile | None
    degraded: tuple[Degradation, ...]


_Reading = tuple[str, int | None]


@dataclass(slots=True)
class ProfileReader:
    """Reads profiles: one cache look-up, database and catalog only when that is not enough.

    Readers of the same shopper share one reading of the database and the catalog, unless the shopper did something
    in between.

    Attributes:
        cache: where profiles are kept.
        stored: events, preferences, erasures, and what the catalog last said.
        catalog: where purchases come from.
        metrics: counts failed catalog calls.
        clock: epoch seconds.
        ages: when a profile is fresh, stale, or forgotten.
        purchases: how many of a shopper's latest purchases are read.
    """

    cache: Cache
    stored: StoredShoppers
    catalog: PurchaseSource
    metrics: ServiceMetrics
    clock: Callable[[], float]
    ages: ProfileAges
    purchases: int
    _under_way: dict[_Reading, asyncio.Task[_Refreshed]] = field(default_factory=dict)
    _last_degraded: tuple[Degradation, ...] = ()
    _catalog_down: bool = False

    async def read(self, user_id: str) -> LoadedProfile:
        """The shopper's profile; empty for one that nothing is known of, or when nothing can be known now."""
        degraded: tuple[Degradation, ...] = ()
        try:
            cached = _decoded(await self.cache.get(profile_key(user_id)))
        except CacheUnavailable:
            cached, degraded = None, ("redis",)
        age = self.clock() - cached.read_at if cached else float("inf")
        if cached is None or age > self.ages.stale:
            refreshed = await asyncio.shield(await self._refreshing(user_id, self.ages.stale, cached))
            cached, degraded = refreshed.profile or cached, (*degraded, *refreshed.degraded)
        elif age > self.ages.fresh:
            await self._refreshing(user_id, self.ages.fresh, cached)
            degraded = (*degraded, *self._last_degraded)
        if cached is None:
            return LoadedProfile(Profile(user_id), degraded)
        if cached.partial and "database" not in degraded:
            degraded = (*degraded, "database")
        return LoadedProfile(cached.profile(user_id), degraded)

    async def forget(self, user_ids: Sequence[str]) -> None:
        """Drops the cached profiles, on every pod: the next answer reads what is stored.

        Raises:
            CacheUnavailable: some pod may still answer from before.
        """
        await self.cache.invalidate([profile_key(user_id) for user_id in user_ids])

    async def bury(self, user_id: str, erased_at: float) -> None:
        """As `forget`; leaves a mark that bars the catalog's purchases up to `erased_at` while the database is down.

        Raises:
            CacheUnavailable: some pod may still answer from before.
        """
        await self.cache.set(_tombstone_key(user_id), str(erased_at).encode(), _TOMBSTONE_SECONDS)
        await self.forget([user_id])

    async def close(self) -> None:
        """Ends refreshes that are still under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _refreshing(
        self, user_id: str, enough: float, cached: CachedProfile | None
    ) -> asyncio.Task[_Refreshed]:
        """The reading that is under way since the shopper last did something, or a new one."""
        try:
            epoch = await self.cache.epoch(profile_key(user_id))
        except CacheUnavailable:
            epoch = None
        reading = user_id, epoch
        task = self._under_way.get(reading)
        if task is None:
            task = asyncio.create_task(self._refresh(user_id, epoch, enough, cached))
            self._under_way[reading] = task
            task.add_done_callback(lambda done: self._finished(reading, done))
        return task

    def _finished(self, reading: _Reading, task: asyncio.Task[_Refreshed]) -> None:
        self._under_way.pop(reading, None)
        if not task.cancelled() and task.exception() is None:
            self._last_degraded = task.result().degraded

    async def _refresh(
        self, user_id: str, epoch: int | None, enough: float, cached: CachedProfile | None
    ) -> _Refreshed:
        """A profile from the database, and from the catalog where what it last said is older than `enough` seconds."""
        now = self.clock()
        looked = await self.stored.look(user_id)
        if looked.shopper is None:
            if cached is not None and not cached.partial:
                return _Refreshed(None, ("database",))  # it knows more than the catalog alone
            return await self._without_database(user_id, epoch, now, looked.may_be_erased)
        stored = looked.shopper
        record = decoded_record(stored)
        read_at = stored.profile.at.timestamp() if record and stored.profile else float("-inf")
        degraded: tuple[Degradation, ...] = ()
        if record is None or now - read_at > enough:
            try:
                told = await self._asked_catalog(user_id, now, record)
                record, read_at = since_erasure(told, stored.erased_at), now
            except CatalogError as error:
                self._note_failure(error)
                degraded = ("catalog",)
            else:
                await self._keep(user_id, record, stored, now)
        if record is None and not stored.events and stored.preferences is None:
            return _Refreshed(None, degraded)
        profile = _joined(record or CatalogRecord(), stored, read_at, now)
        if record is not None:
            await self._cache(user_id, profile, self.ages.kept, epoch)
        return _Refreshed(profile, degraded)

    async def _without_database(
        self, user_id: str, epoch: int | None, now: float, may_be_erased: bool
    ) -> _Refreshed:
        """The catalog's purchases alone, unless the shopper is known to be erased or that cannot be known."""
        try:
            mark = await self.cache.get(_tombstone_key(user_id)) if may_be_erased else None
            record = await self._asked_catalog(user_id, now, None)
        except CacheUnavailable:
            return _Refreshed(None, ("database",))
        except CatalogError as error:
            self._note_failure(error)
            return _Refreshed(None, ("catalog", "database"))
        erased_at = datetime.fromtimestamp(float(mark), UTC) if mark else None
        record = since_erasure(record, erased_at)
        profile = _joined(record, StoredShopper(), now, now, partial=True)
        await self._cache(user_id, profile, _PARTIAL_SECONDS, epoch)
        return _Refreshed(profile, ("database",))

    async def _asked_catalog(self, user_id: str, now: float, known: CatalogRecord | None) -> CatalogRecord:
        """What the catalog says now; of preferences it cannot tell, what it said before. Raises CatalogError."""
        purchases, user = await asyncio.gather(
            self.catalog.user_purchases(user_id, self.purchases),
            self.catalog.user(user_id),
            return_exceptions=True,
        )
        if isinstance(purchases, BaseException):
            raise purchases
        if isinstance(user, CatalogError):
            # A shop without user records loses preferences, not recommendations.
            self.metrics.catalog_failed("user", type(user).__name__)
            preferences = known.preferences if known else CatalogPreferences()
        elif isinstance(user, BaseException):
            raise user
        else:
            preferences = user.preferences if user else CatalogPreferences()
        self._catalog_down = False
        return CatalogRecord(purchase_records(purchases or [], now), preferences)

    def _note_failure(self, error: CatalogError) -> None:
        self.metrics.catalog_failed("user_purchases", type(error).__name__)
        if not self._catalog_down:  # Once per outage: the metric counts the rest.
            structlog.get_logger("service").warning("profiles are not refreshed", reason=str(error))
        self._catalog_down = True

    async def _keep(self, user_id: str, record: CatalogRecord, stored: StoredShopper, now: float) -> None:
        """Stores what the catalog said, unless it says the same as a while ago, or nothing of an erased shopper."""
        if stored.erased_at is not None and record == CatalogRecord():
            return
        content = msgspec.msgpack.encode(record)
        before = stored.profile
        if before and before.content == content and now - before.at.timestamp() < self.ages.stale / 2:
            return
        try:
            await self.stored.store.keep_profile(user_id, content, datetime.fromtimestamp(now, UTC))
        except DatabaseError as error:
            structlog.get_logger("service").warning("profile not stored", reason=str(error))

    async def _cache(self, user_id: str, profile: CachedProfile, seconds: float, epoch: int | None) -> None:
        if epoch is None:
            return
        content = msgspec.msgpack.encode(profile)
        try:
            await self.cache.set_unless_invalidated(profile_key(user_id), content, seconds, epoch)
        except CacheUnavailable:
            structlog.get_logger("service").debug("profile not cached")


def _joined(
    record: CatalogRecord, stored: StoredShopper, read_at: float, now: float, *, partial: bool = False
) -> CachedProfile:
    return CachedProfile(
        read_at,
        joined_interactions(record.purchases, stored.events, now),
        joined_preferences(record.preferences, stored_preferences(stored)),
        partial,
    )


def profile_key(user_id: str) -> str:
    """The cache's key of a shopper's profile."""
    return f"profile:2:{user_id}"


def _tombstone_key(user_id: str) -> str:
    digest = hashlib.blake2b(user_id.encode(errors="surrogatepass"), digest_size=16).hexdigest()
    return f"erased:{digest}"


def _decoded(content: bytes | None) -> CachedProfile | None:
    """The cached profile; None when there is none, or one of another release's shape."""
    try:
        return msgspec.msgpack.decode(content, type=CachedProfile) if content else None
    except msgspec.DecodeError:
        return None
