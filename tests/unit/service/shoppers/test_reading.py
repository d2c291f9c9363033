"""Profiles: one look-up, the catalog only when it must be, and an answer whatever is down."""

import asyncio
from datetime import timedelta

import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.catalog import Purchase
from tests.support.builders.profile_shops import BOUGHT_AT, BrokenCache, Shop

pytestmark = pytest.mark.anyio


async def test_the_catalog_is_asked_once_while_fresh(shop: Shop) -> None:
    assert await shop.products() == await shop.products() == ["a"]
    loaded = await shop.reader.read("u")
    assert loaded.profile.interactions[0].at == BOUGHT_AT.timestamp()
    assert loaded.degraded == ()
    assert shop.catalog.calls == 1


async def test_a_stale_profile_is_served_and_refreshed_behind(shop: Shop) -> None:
    await shop.products()
    shop.clock.now += 61
    shop.catalog.product = "b"
    assert await shop.products() == ["a"]
    await shop.settled()
    assert await shop.products() == ["b"]
    assert shop.catalog.calls == 2


async def test_a_forgotten_profile_is_read_again(shop: Shop) -> None:
    await shop.products()
    shop.clock.now += 3601
    shop.catalog.product = "b"
    assert await shop.products() == ["b"]


async def test_many_requests_of_one_shopper_share_one_call(shop: Shop) -> None:
    shop.catalog.gate.clear()
    reading = [asyncio.create_task(shop.products()) for _ in range(20)]
    await asyncio.sleep(0)
    shop.catalog.gate.set()
    assert await asyncio.gather(*reading) == [["a"]] * 20
    assert shop.catalog.calls == 1


async def test_one_that_gives_up_does_not_take_the_others_along(shop: Shop) -> None:
    shop.catalog.gate.clear()
    impatient, patient = (asyncio.create_task(shop.products()) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    shop.catalog.gate.set()
    assert await patient == ["a"]


async def test_a_stranger_is_remembered_too(shop: Shop) -> None:
    assert await shop.products("stranger") == await shop.products("stranger") == []
    assert shop.catalog.calls == 1


async def test_an_old_profile_is_not_served_while_a_newer_one_can_be_had(shop: Shop) -> None:
    await shop.products()
    shop.clock.now += 601
    shop.catalog.product = "b"
    assert await shop.products() == ["b"]


async def test_without_the_catalog_a_known_shopper_keeps_the_profile_and_it_is_said(shop: Shop) -> None:
    await shop.products()
    shop.catalog.down = True
    shop.clock.now += 61
    assert (await shop.reader.read("u")).degraded == ()
    await shop.settled()
    for _ in range(2):
        loaded = await shop.reader.read("u")
        assert len(loaded.profile.interactions) == 1
        assert loaded.degraded == ("catalog",)
        await shop.settled()
        shop.clock.now += 600
    shop.catalog.down = False
    assert (await shop.reader.read("u")).degraded == ()


async def test_an_outage_is_logged_once(shop: Shop) -> None:
    shop.catalog.down = True
    with structlog.testing.capture_logs() as logs:
        for number in range(5):
            await shop.products(f"u{number}")
    assert [entry["event"] for entry in logs if entry["log_level"] == "warning"] == [
        "profiles are not refreshed"
    ]


async def test_each_day_of_purchase_counts_once_and_the_future_as_now(shop: Shop) -> None:
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


async def test_without_the_catalog_an_unknown_shopper_is_a_stranger_and_it_is_said(shop: Shop) -> None:
    shop.catalog.down = True
    loaded = await shop.reader.read("u")
    assert loaded.profile.interactions == ()
    assert loaded.degraded == ("catalog",)
    shop.catalog.down = False
    assert await shop.products() == ["a"]


async def test_without_the_cache_the_catalog_answers_and_it_is_said(engine: AsyncEngine) -> None:
    shop = Shop(engine, BrokenCache())
    loaded = await shop.reader.read("u")
    assert len(loaded.profile.interactions) == 1
    assert loaded.degraded == ("redis",)
    shop.catalog.down = True
    assert (await shop.reader.read("v")).degraded == ("redis", "catalog")


async def test_a_cached_profile_of_another_shape_is_read_again(shop: Shop) -> None:
    await shop.reader.cache.set("profile:2:u", b"\x93\x01\x02\x03", 60)
    assert await shop.products() == ["a"]


async def test_closing_ends_what_is_under_way(shop: Shop) -> None:
    await shop.products()
    shop.clock.now += 61
    shop.catalog.gate.clear()
    await shop.products()
    await shop.reader.close()
    assert not shop.reader._under_way
