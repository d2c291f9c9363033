"""What a pod cannot drop from the cache now, it drops as soon as it can."""

import asyncio

import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.cache import InProcessCache
from service.shoppers.invalidation import Forgetting
from tests.support.builders.profile_shops import CutOff, Shop
from tests.support.builders.recorded_events import an_event

pytestmark = pytest.mark.anyio


async def test_a_pod_that_lost_the_cache_makes_the_others_read_anew_when_it_is_back(
    engine: AsyncEngine,
) -> None:
    cache = InProcessCache(max_entries=10, max_bytes=10_000)
    line = CutOff(cache)
    here, there = Shop(engine, line), Shop(engine, cache)
    forgetting = Forgetting(here.reader, retry_seconds=0.001)
    running = asyncio.create_task(forgetting.run())
    assert await there.products() == ["a"]
    line.up = False
    await here.events.add([an_event(product_id="new")])
    with structlog.testing.capture_logs() as logs:
        await forgetting.forget(["u"])
    assert [entry["event"] for entry in logs] == ["profiles are not invalidated yet"]
    assert await there.products() == ["a"]
    line.up = True
    async with asyncio.timeout(10):
        while "new" not in await there.products():
            await asyncio.sleep(0.001)
    assert not running.done()
    running.cancel()


async def test_what_can_be_dropped_is_dropped_at_once_and_only_once(engine: AsyncEngine) -> None:
    line = CutOff(InProcessCache(max_entries=10, max_bytes=10_000))
    shop = Shop(engine, line)
    forgetting = Forgetting(shop.reader)
    await shop.products()
    await shop.events.add([an_event(product_id="new")])
    await forgetting.forget([])
    assert await shop.products() == ["a"]
    await forgetting.forget(["u"])
    assert sorted(await shop.products()) == ["a", "new"]
