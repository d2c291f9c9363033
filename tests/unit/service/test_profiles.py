"""Profiles: one look-up, the catalog only when it must be, and an answer whatever is down."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from opentelemetry.metrics import NoOpMeter

from adapters.cache import Cache, CacheUnavailable, InProcessCache
from adapters.catalog import CatalogUnavailable, Purchase
from adapters.telemetry import ServiceMetrics
from service.profiles import ProfileAges, ProfileReader

pytestmark = pytest.mark.anyio
BOUGHT_AT = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    now = 2_000_000_000.0

    def __call__(self) -> float:
        return self.now


class CountingCatalog:
    """A catalog whose shoppers have one purchase; counts its calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.down = False
        self.product = "a"
        self.gate = asyncio.Event()
        self.gate.set()

    async def user_purchases(self, user_id: str, limit: int) -> list[Purchase] | None:
        self.calls += 1
        await self.gate.wait()
        if self.down:
            raise CatalogUnavailable("down")
        if user_id == "stranger":
            return None
        return [Purchase(user_id=user_id, product_id=self.product, purchased_at=BOUGHT_AT)]


class BrokenCache:
    async def get(self, key: str) -> bytes | None:
        raise CacheUnavailable("down")

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        raise CacheUnavailable("down")

    async def delete(self, key: str) -> None:
        raise CacheUnavailable("down")

    async def close(self) -> None:
        pass


class Shop:
    """A reader with its surroundings."""

    def __init__(self, cache: Cache | None = None) -> None:
        self.catalog, self.clock = CountingCatalog(), Clock()
        self.reader = ProfileReader(
            cache=cache or InProcessCache(max_entries=10, max_bytes=10_000, clock=self.clock),
            catalog=self.catalog,  # type: ignore[arg-type]
            metrics=ServiceMetrics(NoOpMeter("test")),
            clock=self.clock,
            ages=ProfileAges(fresh=60, stale=600, kept=3600),
            purchases=100,
        )

    async def products(self, user_id: str = "u") -> list[str]:
        loaded = await self.reader.read(user_id)
        return [interaction.product_id for interaction in loaded.profile.interactions]

    async def settled(self) -> None:
        while self.reader._under_way:
            await asyncio.sleep(0)


async def test_the_catalog_is_asked_once_while_fresh() -> None:
    shop = Shop()
    assert await shop.products() == await shop.products() == ["a"]
    loaded = await shop.reader.read("u")
    assert loaded.profile.interactions[0].at == BOUGHT_AT.timestamp()
    assert loaded.degraded == ()
    assert shop.catalog.calls == 1


async def test_a_stale_profile_is_served_and_refreshed_behind() -> None:
    shop = Shop()
    await shop.products()
    shop.clock.now += 61
    shop.catalog.product = "b"
    assert await shop.products() == ["a"]
    await shop.settled()
    assert await shop.products() == ["b"]
    assert shop.catalog.calls == 2


async def test_a_forgotten_profile_is_read_again() -> None:
    shop = Shop()
    await shop.products()
    shop.clock.now += 3601
    shop.catalog.product = "b"
    assert await shop.products() == ["b"]


async def test_many_requests_of_one_shopper_share_one_call() -> None:
    shop = Shop()
    shop.catalog.gate.clear()
    reading = [asyncio.create_task(shop.products()) for _ in range(20)]
    await asyncio.sleep(0)
    shop.catalog.gate.set()
    assert await asyncio.gather(*reading) == [["a"]] * 20
    assert shop.catalog.calls == 1


async def test_one_that_gives_up_does_not_take_the_others_along() -> None:
    shop = Shop()
    shop.catalog.gate.clear()
    impatient, patient = (asyncio.create_task(shop.products()) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    shop.catalog.gate.set()
    assert await patient == ["a"]


async def test_a_stranger_is_remembered_too() -> None:
    shop = Shop()
    assert await shop.products("stranger") == await shop.products("stranger") == []
    assert shop.catalog.calls == 1


async def test_an_old_profile_is_not_served_while_a_newer_one_can_be_had() -> None:
    shop = Shop()
    await shop.products()
    shop.clock.now += 601
    shop.catalog.product = "b"
    assert await shop.products() == ["b"]


async def test_without_the_catalog_a_known_shopper_keeps_the_profile_and_it_is_said() -> None:
    shop = Shop()
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


async def test_an_outage_is_logged_once() -> None:
    shop = Shop()
    shop.catalog.down = True
    with structlog.testing.capture_logs() as logs:
        for number in range(5):
            await shop.products(f"u{number}")
    assert [entry["event"] for entry in logs if entry["log_level"] == "warning"] == [
        "profiles are not refreshed"
    ]


async def test_each_product_counts_once_a_day_and_the_future_as_now() -> None:
    shop = Shop()
    shop.clock.now = BOUGHT_AT.timestamp() + 10

    async def purchases(user_id: str, limit: int) -> list[Purchase]:
        times = [timedelta(days=-3), timedelta(hours=-20), timedelta(hours=-21), timedelta(days=9999)]
        products = ["a", "a", "a", "b"]
        return [
            Purchase(user_id=user_id, product_id=product, purchased_at=BOUGHT_AT + since)
            for product, since in zip(products, times, strict=True)
        ]

    shop.catalog.user_purchases = purchases  # type: ignore[method-assign]
    loaded = await shop.reader.read("u")
    assert len(loaded.profile.interactions) == 3
    assert {(one.product_id, one.at) for one in loaded.profile.interactions} == {
        ("a", BOUGHT_AT.timestamp() - 3 * 86_400),
        ("a", BOUGHT_AT.timestamp() - 20 * 3_600),
        ("b", shop.clock.now),
    }


async def test_without_the_catalog_an_unknown_shopper_is_a_stranger_and_it_is_said() -> None:
    shop = Shop()
    shop.catalog.down = True
    loaded = await shop.reader.read("u")
    assert loaded.profile.interactions == ()
    assert loaded.degraded == ("catalog",)
    shop.catalog.down = False
    assert await shop.products() == ["a"]


async def test_without_the_cache_the_catalog_answers_and_it_is_said() -> None:
    shop = Shop(BrokenCache())
    loaded = await shop.reader.read("u")
    assert len(loaded.profile.interactions) == 1
    assert loaded.degraded == ("redis",)
    shop.catalog.down = True
    assert (await shop.reader.read("v")).degraded == ("redis", "catalog")


async def test_a_cached_profile_of_another_shape_is_read_again() -> None:
    shop = Shop()
    await shop.reader.cache.set("profile:1:u", b"\x93\x01\x02\x03", 60)
    assert await shop.products() == ["a"]


async def test_closing_ends_what_is_under_way() -> None:
    shop = Shop()
    await shop.products()
    shop.clock.now += 61
    shop.catalog.gate.clear()
    await shop.products()
    await shop.reader.close()
    assert not shop.reader._under_way
