"""Profiles: one look-up, the catalog only when it must be, and an answer whatever is down."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import structlog
from opentelemetry.metrics import NoOpMeter
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.cache import Cache, CacheUnavailable, InProcessCache
from adapters.catalog import CatalogUnavailable, Preferences, Purchase, UserRecord
from adapters.database import EventStore, ShopperStore, open_engine
from adapters.database.migrations import migrate
from adapters.telemetry import ServiceMetrics
from service.profiles import ProfileAges, ProfileReader
from service.shopper_records import PreferencesView
from service.stored_shoppers import StoredShoppers
from tests.builders.recorded_events import an_event

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
        self.record: UserRecord | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def user(self, user_id: str) -> UserRecord | None:
        if self.down:
            raise CatalogUnavailable("down")
        return self.record

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

    async def epoch(self, key: str) -> int:
        raise CacheUnavailable("down")

    async def set_unless_invalidated(self, key: str, value: bytes, ttl_seconds: float, epoch: int) -> None:
        raise CacheUnavailable("down")

    async def invalidate(self, keys: Sequence[str]) -> None:
        raise CacheUnavailable("down")

    async def close(self) -> None:
        pass


class Shop:
    """A reader with its surroundings; the database is a real one."""

    def __init__(self, engine: AsyncEngine, cache: Cache | None = None) -> None:
        self.catalog, self.clock = CountingCatalog(), Clock()
        self.events = EventStore(engine)
        self.store = ShopperStore(engine, clock=lambda: datetime.fromtimestamp(self.clock(), UTC))
        self.reader = ProfileReader(
            cache=cache or InProcessCache(max_entries=10, max_bytes=10_000, clock=self.clock),
            stored=StoredShoppers(self.store, self.clock, events=100),
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
            await asyncio.sleep(0.001)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database, to be copied."""
    file = tmp_path_factory.mktemp("database") / "shoppers.db"

    async def make() -> None:
        engine = open_engine(f"sqlite:///{file}")
        await migrate(engine)
        await engine.dispose()

    asyncio.run(make())
    return file


@pytest.fixture
async def engine(database: Path, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(f"sqlite:///{shutil.copy(database, tmp_path)}")
    yield engine
    await engine.dispose()


@pytest.fixture
def shop(engine: AsyncEngine) -> Shop:
    return Shop(engine)


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

    async def purchases(user_id: str, limit: int) -> list[Purchase]:
        times = [timedelta(days=-3), timedelta(days=-3, hours=1), timedelta(days=-2), timedelta(days=9999)]
        products = ["a", "a", "a", "b"]
        return [
            Purchase(user_id=user_id, product_id=product, purchased_at=BOUGHT_AT + since)
            for product, since in zip(products, times, strict=True)
        ]

    shop.catalog.user_purchases = purchases  # type: ignore[method-assign]
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


async def interactions(shop: Shop) -> list[tuple[str, str]]:
    loaded = await shop.reader.read("u")
    return sorted((one.product_id, one.kind) for one in loaded.profile.interactions)


def at(shop: Shop, **ago: float) -> datetime:
    return datetime.fromtimestamp(shop.clock(), UTC) - timedelta(**ago)


async def test_events_join_the_catalog_s_purchases_from_the_next_reading_on(shop: Shop) -> None:
    assert await interactions(shop) == [("a", "purchase")]
    events = [
        an_event(kind, product_id=f"of {kind}", kind=kind, occurred_at=at(shop, hours=1))
        for kind in ("view", "hide", "purchase")
    ]
    await shop.events.add(events)
    assert await interactions(shop) == [("a", "purchase")]
    await shop.reader.forget(["u"])
    joined = [
        ("a", "purchase"),
        ("of hide", "hide"),
        ("of purchase", "purchase"),
        ("of view", "view"),
    ]
    assert await interactions(shop) == joined
    assert shop.catalog.calls == 1  # what the catalog said a moment ago is stored
    shop.catalog.down = True
    shop.clock.now += 3500
    await shop.reader.forget(["u"])
    loaded = await shop.reader.read("u")
    assert len(loaded.profile.interactions) == 4
    assert loaded.degraded == ("catalog",)


async def test_a_purchase_known_as_event_and_from_the_catalog_counts_once(shop: Shop) -> None:
    async def purchases(user_id: str, limit: int) -> list[Purchase]:
        bought = [("1", "a", at(shop, days=9)), ("2", "b", at(shop, days=5))]
        return [Purchase(id=id_, user_id="u", product_id=p, purchased_at=when) for id_, p, when in bought]

    shop.catalog.user_purchases = purchases  # type: ignore[method-assign]
    events = [
        ("1", "a", at(shop, days=7)),  # the same id
        ("x", "b", at(shop, days=5, seconds=-1)),  # the same product on the same day
        ("y", "b", at(shop, days=3)),  # bought again
        ("z", "c", at(shop, days=-9)),  # a clock that is ahead
    ]
    await shop.events.add(
        [an_event(id_, product_id=p, kind="purchase", occurred_at=when) for id_, p, when in events]
    )
    assert await interactions(shop) == [(p, "purchase") for p in ("a", "b", "b", "c")]
    loaded = await shop.reader.read("u")
    assert max(one.at for one in loaded.profile.interactions) == shop.clock()


async def test_preferences_set_here_win_over_the_catalog_s(shop: Shop) -> None:
    told = Preferences(
        liked_categories=("Tea", "Toys"), disliked_categories=("Fish",), liked_brands=("B",), price_max=9.0
    )
    shop.catalog.record = UserRecord(id="u", preferences=told)
    loaded = await shop.reader.read("u")
    assert loaded.profile.preferences.liked_categories == ("Tea", "Toys")
    own = PreferencesView(
        liked_categories=["fish"], disliked_categories=["toys"], hidden_products=["x"], price_min=1
    )
    await shop.store.put_preferences("u", msgspec.msgpack.encode(own))
    await shop.reader.forget(["u"])
    preferences = (await shop.reader.read("u")).profile.preferences
    assert preferences.liked_categories == ("fish", "Tea")
    assert preferences.disliked_categories == ("toys",)
    assert preferences.liked_brands == ("B",)
    assert preferences.hidden_products == ("x",)
    assert (preferences.price_min, preferences.price_max) == (1, 9)


async def test_what_is_read_while_something_happens_is_not_kept(shop: Shop) -> None:
    shop.catalog.gate.clear()
    early = asyncio.create_task(interactions(shop))
    while not shop.catalog.calls:
        await asyncio.sleep(0.001)
    await shop.events.add([an_event(product_id="new", occurred_at=at(shop, hours=1))])
    await shop.reader.forget(["u"])
    late = asyncio.create_task(interactions(shop))
    await asyncio.sleep(0.05)
    shop.catalog.gate.set()
    assert ("new", "view") in await late
    await early
    assert ("new", "view") in await interactions(shop)


async def test_purchases_from_before_an_erasure_are_not_used(shop: Shop) -> None:
    await shop.products()
    receipt = await shop.store.erase("u")
    await shop.reader.bury("u", receipt.erased_at.timestamp())
    assert await interactions(shop) == []
    await shop.store.keep_profile("u", b"\x90", at(shop))  # as a reader would that began before
    assert (await shop.store.read("u", 1)).profile is None
    shop.catalog.record = UserRecord(id="u", preferences=Preferences(liked_brands=("B",)))
    shop.clock.now += 700
    assert (await shop.reader.read("u")).profile.preferences.liked_brands == ()


async def broken(engine: AsyncEngine) -> None:
    """Makes the database's file no database any more."""
    await engine.dispose()
    await asyncio.to_thread(Path(str(engine.url.database)).write_bytes, b"not a database" * 1000)


async def test_without_the_database_the_catalog_s_purchases_serve_and_it_is_said(
    shop: Shop, engine: AsyncEngine
) -> None:
    receipt = await shop.store.erase("erased")
    await shop.reader.bury("erased", receipt.erased_at.timestamp())
    await broken(engine)
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            loaded = await shop.reader.read("u")
            assert [one.product_id for one in loaded.profile.interactions] == ["a"]
            assert loaded.degraded == ("database",)
        assert (await shop.reader.read("erased")).profile.interactions == ()
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == [
        "answers go without the database"
    ]


async def test_without_database_and_cache_nothing_is_known_of_erasures_so_nothing_is_used(
    engine: AsyncEngine,
) -> None:
    await broken(engine)
    loaded = await Shop(engine, BrokenCache()).reader.read("u")
    assert loaded.profile.interactions == ()
    assert loaded.degraded == ("redis", "database")


async def test_a_known_shopper_keeps_events_while_the_database_is_down(
    shop: Shop, engine: AsyncEngine
) -> None:
    await shop.events.add([an_event(product_id="seen", occurred_at=at(shop, hours=1))])
    before = await interactions(shop)
    await broken(engine)
    assert (await shop.reader.read("u")).degraded == ()
    shop.clock.now += 700
    loaded = await shop.reader.read("u")
    assert sorted((one.product_id, one.kind) for one in loaded.profile.interactions) == before
    assert loaded.degraded == ("database",)


async def test_in_a_database_without_tables_nobody_is_erased(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/empty.db")
    loaded = await Shop(engine, BrokenCache()).reader.read("u")
    assert len(loaded.profile.interactions) == 1
    assert loaded.degraded == ("redis", "database")
    await engine.dispose()
