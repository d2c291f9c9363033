"""Cached profiles are invalidated now, or once the cache answers again."""

import asyncio
from collections.abc import Sequence

import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.cache import CacheUnavailable, InProcessCache
from service.shoppers.profiles.invalidation import ProfileInvalidator
from tests.support.builders.profile_shops import Connection, Shop
from tests.support.builders.recorded_events import an_event

pytestmark = pytest.mark.anyio


async def test_a_failed_invalidation_is_retried_for_all_pods(engine: AsyncEngine) -> None:
    cache = InProcessCache(max_entries=10, max_bytes=10_000)
    connection = Connection(cache)
    here, there = Shop(engine, connection), Shop(engine, cache)
    invalidator = ProfileInvalidator(here.profiles, retry_seconds=0.001)
    running = asyncio.create_task(invalidator.run())
    assert await there.products() == ["a"]
    connection.up = False
    await here.events.add([an_event(product_id="new")])
    with structlog.testing.capture_logs() as logs:
        for user_id in ("u", "v"):
            await invalidator.invalidate([user_id])
    assert [entry["event"] for entry in logs] == ["profiles are not invalidated yet"]
    assert await there.products() == ["a"]
    connection.up = True
    async with asyncio.timeout(10):
        while "new" not in await there.products():
            await asyncio.sleep(0.001)
    assert not running.done()
    running.cancel()


async def test_hidden_products_are_invalidated_without_the_profile(engine: AsyncEngine) -> None:
    cache = InProcessCache(max_entries=10, max_bytes=10_000)
    connection = Connection(cache)
    shop = Shop(engine, connection)
    invalidator = ProfileInvalidator(shop.profiles)
    await shop.products()
    await shop.profiles.set_hidden("u", ["a"], await shop.profiles.hidden_epoch("u"))
    await invalidator.invalidate([], ["u"])
    assert await shop.profiles.hidden("u") is None
    assert await shop.profiles.get("u") is not None
    connection.up = False
    await invalidator.invalidate([], ["u"])
    assert invalidator.pending("u")


async def test_an_invalidation_takes_effect_at_once(engine: AsyncEngine) -> None:
    shop = Shop(engine, InProcessCache(max_entries=10, max_bytes=10_000))
    invalidator = ProfileInvalidator(shop.profiles)
    await shop.products()
    await shop.events.add([an_event(product_id="new")])
    await invalidator.invalidate([])
    assert await shop.products() == ["a"]
    await invalidator.invalidate(["u"])
    assert sorted(await shop.products()) == ["a", "new"]


class FailingDuringRetry(InProcessCache):
    """Cache whose first invalidation fails. During the second one, further ones fail."""

    def __init__(self) -> None:
        super().__init__(max_entries=10, max_bytes=10_000)
        self.calls, self.arrived, self.goes_on = 0, asyncio.Event(), asyncio.Event()

    async def invalidate(self, keys: Sequence[str]) -> None:
        self.calls += 1
        if self.calls in (1, 3):
            raise CacheUnavailable("down")
        await super().invalidate(keys)
        if self.calls == 2:
            self.arrived.set()
            await self.goes_on.wait()


async def test_invalidation_that_fails_during_a_retry_is_retried(engine: AsyncEngine) -> None:
    cache = FailingDuringRetry()
    shop = Shop(engine, cache)
    invalidator = ProfileInvalidator(shop.profiles, retry_seconds=0.001)
    await invalidator.invalidate(["u"])
    running = asyncio.create_task(invalidator.run())
    await cache.arrived.wait()
    assert await shop.products() == ["a"]
    await shop.events.add([an_event(product_id="new")])
    await invalidator.invalidate(["u"])
    cache.goes_on.set()
    async with asyncio.timeout(10):
        while invalidator.pending("u") is not None:
            await asyncio.sleep(0.001)
    running.cancel()
    assert sorted(await shop.products()) == ["a", "new"]
