"""Shoppers' profiles: from the cache when it has them, else from the catalog's purchases."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import msgspec
import structlog

from adapters.cache import Cache, CacheUnavailable
from adapters.catalog import CatalogClient, CatalogError, Purchase
from adapters.telemetry import ServiceMetrics
from recommender.entities import SECONDS_PER_DAY, Interaction, Profile

Degradation = Literal["redis", "catalog"]


class CachedProfile(msgspec.Struct, array_like=True, frozen=True):
    """A profile as it is cached: when it was read, and (product id, epoch seconds) per product and day."""

    read_at: float
    interactions: list[tuple[str, float]]


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


@dataclass(slots=True)
class ProfileReader:
    """Reads profiles: one cache look-up, and the catalog only when that is not enough.

    Readers of the same shopper share one catalog call.

    Attributes:
        cache: where profiles are kept.
        catalog: where purchases come from.
        metrics: counts failed catalog calls.
        clock: epoch seconds.
        ages: when a profile is fresh, stale, or forgotten.
        purchases: how many of a shopper's latest purchases are read.
    """

    cache: Cache
    catalog: CatalogClient
    metrics: ServiceMetrics
    clock: Callable[[], float]
    ages: ProfileAges
    purchases: int
    _under_way: dict[str, asyncio.Task[CachedProfile]] = field(default_factory=dict)
    _catalog_down: bool = False

    async def read(self, user_id: str) -> LoadedProfile:
        """The shopper's profile; empty for one that nothing is known of, or when nothing can be known now."""
        cached, degraded = await self._cached(user_id)
        age = self.clock() - cached.read_at if cached else float("inf")
        if cached is None or age > self.ages.stale:
            try:
                cached = await asyncio.shield(self._refreshing(user_id))
            except CatalogError:
                degraded = (*degraded, "catalog")
        elif age > self.ages.fresh:
            self._refreshing(user_id)
            if self._catalog_down:
                degraded = (*degraded, "catalog")
        known = cached.interactions if cached else []
        interactions = tuple(Interaction(product_id, at) for product_id, at in known)
        return LoadedProfile(Profile(user_id, interactions), degraded)

    async def close(self) -> None:
        """Ends refreshes that are still under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _cached(self, user_id: str) -> tuple[CachedProfile | None, tuple[Degradation, ...]]:
        try:
            return _decoded(await self.cache.get(_key(user_id))), ()
        except CacheUnavailable:
            return None, ("redis",)

    def _refreshing(self, user_id: str) -> asyncio.Task[CachedProfile]:
        task = self._under_way.get(user_id)
        if task is None:
            task = asyncio.create_task(self._refresh(user_id))
            self._under_way[user_id] = task
            task.add_done_callback(lambda done: self._finished(user_id, done))
        return task

    def _finished(self, user_id: str, task: asyncio.Task[CachedProfile]) -> None:
        self._under_way.pop(user_id, None)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self.metrics.catalog_failed("user_purchases", type(error).__name__)
            if not self._catalog_down:  # Once per outage: the metric counts the rest.
                structlog.get_logger("service").warning("profiles are not refreshed", reason=str(error))
        self._catalog_down = error is not None

    async def _refresh(self, user_id: str) -> CachedProfile:
        now = self.clock()
        purchases = await self.catalog.user_purchases(user_id, self.purchases) or []
        profile = CachedProfile(now, _latest_of_days(purchases, now))
        try:
            await self.cache.set(_key(user_id), msgspec.msgpack.encode(profile), self.ages.kept)
        except CacheUnavailable:
            structlog.get_logger("service").debug("profile not cached")
        return profile


def _latest_of_days(purchases: list[Purchase], now: float) -> list[tuple[str, float]]:
    """Each product once per day, with the day's latest time; times in the future count as now."""
    latest: dict[tuple[str, int], float] = {}
    for purchase in purchases:
        at = min(purchase.purchased_at.timestamp(), now)
        day = purchase.product_id, int(at // SECONDS_PER_DAY)
        latest[day] = max(at, latest.get(day, at))
    return [(product_id, at) for (product_id, _), at in latest.items()]


def _key(user_id: str) -> str:
    return f"profile:1:{user_id}"


def _decoded(content: bytes | None) -> CachedProfile | None:
    """The cached profile; None when there is none, or one of another release's shape."""
    try:
        return msgspec.msgpack.decode(content, type=CachedProfile) if content else None
    except msgspec.DecodeError:
        return None
