"""Profiles are read with one cache look-up, and whatever is down."""

import asyncio
from datetime import timedelta

import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.catalog import Preferences, Purchase, UserRecord
from service.limits import Caller
from service.shoppers.profiles.profile_cache import profile_key
from tests.support.builders.profile_shops import BOUGHT_AT, BrokenCache, Shop
from tests.support.builders.recorded_events import an_event

pytestmark = pytest.mark.anyio


async def test_a_fresh_profile_is_not_refreshed(shop: Shop) -> None:
    assert await shop.products() == await shop.products() == ["a"]
    loaded = await shop.reader.read("u")
    assert loaded.profile.interactions[0].at == BOUGHT_AT.timestamp()
    assert loaded.degraded == ()
    assert shop.catalog.calls == 1


async def test_an_ageing_profile_is_served_and_refreshed_in_the_background(shop: Shop) -> None:
    await shop.products()
    shop.clock.now += 61
    shop.catalog.product = "b"
    assert await shop.products() == ["a"]
    async with asyncio.timeout(10):
        while await shop.products() != ["b"]:
            await asyncio.sleep(0.001)
    assert shop.catalog.calls == 2


async def test_nothing_is_refreshed_in_the_background_while_requests_wait(engine: AsyncEngine) -> None:
    shop = Shop(engine, max_in_flight=1)
    await shop.products()
    shares, caller = shop.components.admission.shares, Caller(("issuer", "web"), "u")
    running = await shares.turn(caller, 1)
    waiting = asyncio.create_task(shares.turn(caller, 1))
    await asyncio.sleep(0)
    shop.catalog.product = "b"
    shop.clock.now += 590
    before = asyncio.all_tasks()
    assert await shop.products() == ["a"]
    assert asyncio.all_tasks() == before, "no refresh has begun"
    shop.clock.now += 20
    assert await shop.products() == ["b"], "a stale profile is refreshed first"
    running.close()
    (await waiting).close()
    shop.clock.now += 61
    await shop.products()
    async with asyncio.timeout(10):
        while shop.catalog.calls < 3:
            await asyncio.sleep(0.001)


async def test_an_expired_profile_is_loaded_again(shop: Shop) -> None:
    await shop.products()
    shop.clock.now += 3601
    shop.catalog.product = "b"
    assert await shop.products() == ["b"]


async def test_concurrent_readers_share_one_refresh(shop: Shop) -> None:
    shop.catalog.gate.clear()
    reading = [asyncio.create_task(shop.products()) for _ in range(20)]
    await asyncio.sleep(0)
    shop.catalog.gate.set()
    assert await asyncio.gather(*reading) == [["a"]] * 20
    assert shop.catalog.calls == 1


async def test_a_cancelled_reader_does_not_cancel_the_shared_refresh(shop: Shop) -> None:
    shop.catalog.gate.clear()
    impatient, patient = (asyncio.create_task(shop.products()) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    shop.catalog.gate.set()
    assert await patient == ["a"]


async def test_an_unknown_shopper_is_cached(shop: Shop) -> None:
    assert await shop.products("stranger") == await shop.products("stranger") == []
    assert shop.catalog.calls == 1


async def test_a_stale_profile_is_refreshed_before_it_is_served(shop: Shop) -> None:
    await shop.products()
    shop.clock.now += 601
    shop.catalog.product = "b"
    assert await shop.products() == ["b"]


async def test_a_stale_profile_is_served_as_degraded_without_the_catalog(shop: Shop) -> None:
    await shop.products()
    shop.catalog.down = True
    shop.clock.now += 61
    assert (await shop.reader.read("u")).degraded == ()
    async with asyncio.timeout(10):
        while (await shop.reader.read("u")).degraded != ("catalog",):
            await asyncio.sleep(0.001)
    for _ in range(2):
        loaded = await shop.reader.read("u")
        assert len(loaded.profile.interactions) == 1
        assert loaded.degraded == ("catalog",)
        shop.clock.now += 600
    shop.catalog.down = False
    assert (await shop.reader.read("u")).degraded == ()


async def test_a_profile_without_the_catalogs_preferences_is_degraded_until_it_is_read_again(
    shop: Shop,
) -> None:
    shop.catalog.record = UserRecord(id="u", preferences=Preferences(liked_brands=("B",)))
    shop.catalog.users_down = True
    for _ in range(2):  # Read, and from the cache.
        loaded = await shop.reader.read("u")
        assert [one.product_id for one in loaded.profile.interactions] == ["a"]
        assert loaded.degraded == ("catalog",)
    assert (await shop.store.read("u", 1)).catalog_record is None
    shop.catalog.users_down = False
    shop.clock.now += 601
    loaded = await shop.reader.read("u")
    assert (loaded.profile.preferences.liked_brands, loaded.degraded) == (("B",), ())


async def test_an_outage_of_the_catalog_is_logged_once(shop: Shop) -> None:
    shop.catalog.down = True
    with structlog.testing.capture_logs() as logs:
        for number in range(5):
            await shop.products(f"u{number}")
    assert [entry["event"] for entry in logs if entry["log_level"] == "warning"] == [
        "profiles are not refreshed"
    ]


async def test_purchases_of_one_day_count_once_and_future_times_become_now(shop: Shop) -> None:
    shop.clock.now = BOUGHT_AT.timestamp() + 10
    times = [timedelta(days=-3), timedelta(days=-3, hours=1), timedelta(days=-2), timedelta(days=9999)]
    shop.catalog.purchases = [
        Purchase(user_id="u", product_id=product, purchased_at=BOUGHT_AT + since)
        for product, since in zip(["a", "a", "a", "b"], times, strict=True)
    ]
    loaded = await shop.reader.read("u")
    assert sorted((one.product_id, one.at) for one in loaded.profile.interactions) == [
        ("a", BOUGHT_AT.timestamp() - 3 * 86_400 + 3600),
        ("a", BOUGHT_AT.timestamp() - 2 * 86_400),
        ("b", shop.clock.now),
    ]


async def test_an_unknown_shopper_is_served_as_degraded_without_the_catalog(shop: Shop) -> None:
    shop.catalog.down = True
    loaded = await shop.reader.read("u")
    assert loaded.profile.interactions == ()
    assert loaded.degraded == ("catalog",)
    shop.catalog.down = False
    assert await shop.products() == ["a"]


async def test_a_profile_is_loaded_as_degraded_without_the_cache(engine: AsyncEngine) -> None:
    shop = Shop(engine, BrokenCache())
    loaded = await shop.reader.read("u")
    assert len(loaded.profile.interactions) == 1
    assert loaded.degraded == ("redis",)
    shop.catalog.down = True
    assert (await shop.reader.read("v")).degraded == ("redis", "catalog")


async def test_a_refresh_that_began_before_an_event_is_not_shared_without_the_cache(
    engine: AsyncEngine,
) -> None:
    shop = Shop(engine, BrokenCache())
    shop.catalog.gate.clear()
    early = asyncio.create_task(shop.products())
    async with asyncio.timeout(10):
        while not shop.catalog.calls:
            await asyncio.sleep(0.001)
    await shop.events.add([an_event(product_id="new")])
    await shop.components.profile_invalidator.invalidate(["u"])
    late = asyncio.create_task(shop.products())
    await asyncio.sleep(0)
    shop.catalog.gate.set()
    assert (await early, sorted(await late)) == (["a"], ["a", "new"])


async def test_a_cached_profile_of_another_release_is_loaded_again(shop: Shop) -> None:
    await shop.cache.set(profile_key("u"), b"\x93\x01\x02\x03", 60)
    assert await shop.products() == ["a"]


async def test_closing_cancels_running_refreshes(shop: Shop) -> None:
    await shop.products()
    shop.clock.now += 61
    shop.catalog.gate.clear()
    await shop.products()
    while shop.catalog.calls < 2:
        await asyncio.sleep(0.001)
    await shop.reader.close()
    assert shop.catalog.cancelled == 1


async def test_age_and_source_of_a_used_profile_are_measured(shop: Shop) -> None:
    used: list[tuple[str, float]] = []
    shop.reader.used = lambda source, age: used.append((source, age))
    await shop.reader.read("u")
    shop.clock.now += 30
    await shop.reader.read("u")
    assert used == [("read", 0.0), ("cached", 30.0)]
