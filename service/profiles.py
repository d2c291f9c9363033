"""Shoppers' profiles: from the cache when it has them, else from the catalog's purchases."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import msgspec
import structlog

from adapters.cache import Cache, CacheUnavailable
from adapters.catalog import CatalogClient, CatalogError
from adapters.telemetry import ServiceMetrics
from recommender.entities import Interaction, Profile

Degradation = Literal["redis", "catalog"]


class CachedProfile(msgspec.Struct, array_like=True, frozen=True):
    """A profile as it is cached: when it was read, and (product id, epoch seconds) per interaction."""

    read_at: float
    interactions: list[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class LoadedProfile:
    """A profile, and what was down while it was read."""

    profile: Profile
    degraded: tuple[Degradation, ...] = ()


@dataclass(slots=True)
class ProfileReader:
    """Reads profiles: one cache look-up, and the catalog only when that has none.

    A stale profile is served and refreshed behind the answer; readers of the same shopper share one catalog call.

    Attributes:
        cache: where profiles are kept.
        catalog: where purchases come from.
        metrics: counts failed catalog calls.
        clock: epoch seconds.
        fresh_seconds: age from which on a profile is refreshed.
        keep_seconds: age from which on it is forgotten.
        purchases: how many of a shopper's latest purchases are read.
    """

    cache: Cache
    catalog: CatalogClient
    metrics: ServiceMetrics
    clock: Callable[[], float]
    fresh_seconds: float
    keep_seconds: float
    purchases: int
    _under_way: dict[str, asyncio.Task[CachedProfile]] = field(default_factory=dict)

    async def read(self, user_id: str) -> LoadedProfile:
        """The shopper's profile; empty for one that nothing is known of, or when nothing can be known now."""
        degraded: list[Degradation] = []
        cached = None
        try:
            cached = _decoded(await self.cache.get(_key(user_id)))
        except CacheUnavailable:
            degraded.append("redis")
        if cached is None:
            try:
                cached = await asyncio.shield(self._refreshing(user_id))
            except CatalogError:
                degraded.append("catalog")
                return LoadedProfile(Profile(user_id), tuple(degraded))
        elif self.clock() - cached.read_at > self.fresh_seconds:
            self._refreshing(user_id)
        interactions = tuple(Interaction(product_id, at) for product_id, at in cached.interactions)
        return LoadedProfile(Profile(user_id, interactions), tuple(degraded))

    async def close(self) -> None:
        """Ends refreshes that are still under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _refreshing(self, user_id: str) -> asyncio.Task[CachedProfile]:
        task = self._under_way.get(user_id)
        if task is None:
            task = asyncio.create_task(self._refresh(user_id))
            self._under_way[user_id] = task
            task.add_done_callback(lambda done: self._finished(user_id, done))
        return task

    def _finished(self, user_id: str, task: asyncio.Task[CachedProfile]) -> None:
        self._under_way.pop(user_id, None)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.metrics.catalog_failed("user_purchases", type(error).__name__)
            structlog.get_logger("service").warning("profile not refreshed", reason=str(error))

    async def _refresh(self, user_id: str) -> CachedProfile:
        read_at = self.clock()
        purchases = await self.catalog.user_purchases(user_id, self.purchases) or []
        profile = CachedProfile(
            read_at, [(purchase.product_id, purchase.purchased_at.timestamp()) for purchase in purchases]
        )
        try:
            await self.cache.set(_key(user_id), msgspec.msgpack.encode(profile), self.keep_seconds)
        except CacheUnavailable:
            structlog.get_logger("service").debug("profile not cached")
        return profile


def _key(user_id: str) -> str:
    return f"profile:1:{user_id}"


def _decoded(content: bytes | None) -> CachedProfile | None:
    """The cached profile; None when there is none, or one of another release's shape."""
    try:
        return msgspec.msgpack.decode(content, type=CachedProfile) if content else None
    except msgspec.DecodeError:
        return None
