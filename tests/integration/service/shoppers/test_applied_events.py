"""Profiles after applied events equal those of a fresh process, on every pod."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import event as database_events
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.cache import Cache, CacheEntry, InProcessCache, RedisCache
from adapters.cancellation import cancel_all
from adapters.catalog import Purchase
from adapters.database import Event, EventStore, Outcome, open_engine
from recommender.entities import Preferences, Profile
from service.shoppers.events import BATCH_DECODER, EventsView
from service.shoppers.profiles.loaded_profile import LoadedProfile
from service.shoppers.profiles.profile_cache import profile_key
from tests.support.builders.profile_shops import Clock, Shop
from tests.support.builders.recorded_events import an_event
from tests.support.builders.storage.migrated_databases import migrated_database
from tests.support.builders.storage.redis_bounds import PATIENT

pytestmark = pytest.mark.anyio

NOW = datetime.fromtimestamp(Clock.now, UTC)
LIMITS = {"recent_events_per_shopper": 5, "permanent_events_per_shopper": 9}
PURCHASES = [
    Purchase(user_id="u", product_id="a", purchased_at=NOW - timedelta(days=3), order_id="o1"),
    Purchase(user_id="u", product_id="b", purchased_at=NOW - timedelta(days=3), id="e1"),
    Purchase(user_id="u", product_id="b", purchased_at=NOW - timedelta(days=2), quantity=-1),
    Purchase(user_id="u", product_id="c", purchased_at=NOW + timedelta(days=2)),
]


async def until(condition: Callable[[], bool]) -> None:
    """Waits until `condition` holds."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.001)


class Pod(Shop):
    """A process that keeps profiles."""

    def __init__(self, engine: AsyncEngine, cache: Cache | None = None) -> None:
        super().__init__(engine, cache, **LIMITS)
        self.catalog.purchases = PURCHASES
        self.known = self.components.known_shoppers

    @asynccontextmanager
    async def following(self) -> AsyncIterator["Pod"]:
        task = asyncio.create_task(self.cache.follow(self.known))
        try:
            await until(self._keeps_a_mark)
            yield self
        finally:
            await cancel_all([task])
            await self.reader.close()

    def _keeps_a_mark(self) -> bool:
        self.known.keep(LoadedProfile(Profile("mark")), 0.0, self.known.now())
        return self.known.get("mark") is not None

    async def hears(self, other: "Pod") -> None:
        """Waits until everything that `other` has announced has arrived."""
        assert self._keeps_a_mark()
        await other.cache.invalidate([profile_key("mark")])
        await until(lambda: self.known.get("mark") is None)

    async def record(self, *events: Event) -> EventsView:
        body = msgspec.json.encode({"events": [msgspec.to_builtins(each) for each in events]})
        return await self.components.shoppers.record(BATCH_DECODER.decode(body), lambda user_id: None)

    async def profile(self) -> tuple[list[tuple[str, float, str]], Preferences]:
        """The comparable profile. Times in the future depend on the time of reading."""
        loaded = await self.reader.read("u")
        assert loaded.degraded == ()
        interactions = sorted(
            (one.product_id, min(one.at, Clock.now), one.kind) for one in loaded.profile.interactions
        )
        return interactions, loaded.profile.preferences


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(migrated_database(tmp_path))
    yield engine
    await engine.dispose()


@pytest.fixture
async def pods(engine: AsyncEngine, redis_url: str, redis_namespace: str) -> AsyncIterator[list[Pod]]:
    caches = [RedisCache(redis_url, prefix=redis_namespace, bounds=PATIENT) for _ in range(2)]
    async with AsyncExitStack() as stack:
        for cache in caches:
            stack.push_async_callback(cache.close)
        yield [await stack.enter_async_context(Pod(engine, cache).following()) for cache in caches]


@asynccontextmanager
async def without_database(engine: AsyncEngine) -> AsyncIterator[None]:
    """Fails the test at a statement."""
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    database_events.listen(engine.sync_engine, "before_cursor_execute", note)
    yield
    database_events.remove(engine.sync_engine, "before_cursor_execute", note)
    assert statements == []


@pytest.mark.parametrize("kind", ["view", "cart", "click", "impression", "purchase", "hide"])
async def test_an_event_is_applied_without_reading_the_database(
    pods: list[Pod], engine: AsyncEngine, kind: str
) -> None:
    here, there = pods
    for pod in pods:
        await pod.profile()
    event = an_event("e9", product_id="n", occurred_at=NOW)
    await here.record(msgspec.structs.replace(event, kind=kind))
    async with without_database(engine):
        kept = here.reader.kept("u")
        assert kept is not None
        assert ("n", Clock.now, kind) in (await here.profile())[0]
        await there.hears(here)
        assert there.reader.kept("u") is None
        assert await there.profile() == await here.profile()
        await here.hears(there)  # Announcements arrive in the order of the changes.
        assert here.reader.kept("u") is kept, "its own announcement drops nothing"


async def test_an_older_profile_does_not_replace_a_refreshed_one(pods: list[Pod]) -> None:
    here, there = pods
    await here.profile()
    here.clock.now = there.clock.now = Clock.now + 301
    there.catalog.purchases = [*PURCHASES, Purchase(user_id="u", product_id="new", purchased_at=NOW)]
    async with asyncio.timeout(30):
        while ("new", Clock.now, "purchase") not in (await there.profile())[0]:
            await asyncio.sleep(0.001)
    await here.record(an_event("e9", occurred_at=NOW))
    assert ("new", Clock.now, "purchase") in (await here.profile())[0]


class HangingCache(InProcessCache):
    """Cache that never answers an update."""

    async def replace(self, *_: object) -> bool:
        self.called.set()
        return await asyncio.Event().wait()

    called = asyncio.Event()


async def test_a_cancelled_update_leaves_no_outdated_profile(engine: AsyncEngine) -> None:
    cache = HangingCache(max_entries=9, max_bytes=100_000)
    async with Pod(engine, cache).following() as pod:
        await pod.profile()
        recording = asyncio.create_task(pod.record(an_event("e9", occurred_at=NOW)))
        await cache.called.wait()
        assert pod.reader.kept("u") is not None
        recording.cancel()
        await asyncio.gather(recording, return_exceptions=True)
        assert pod.reader.kept("u") is None


@dataclass(frozen=True)
class PausingStore:
    """Event store that runs `after` between a commit and the answer."""

    store: EventStore
    after: Callable[[], Awaitable[object]]

    async def add(self, new: Sequence[Event]) -> list[Outcome]:
        outcomes = await self.store.add(new)
        await self.after()
        return outcomes


async def test_a_profile_that_holds_the_event_already_is_left_alone(pods: list[Pod]) -> None:
    """It was read after the commit, under the same epoch."""
    here, there = pods
    for pod in pods:
        await pod.profile()

    async def read_again() -> None:
        epoch = await there.profiles.epoch("u")
        await here.cache.set(profile_key("u"), b"evicted", 60)
        here.known.drop([profile_key("u")])
        await here.profile()
        assert here.reader.kept("u") is not None
        assert await there.profiles.epoch("u") == epoch

    service = replace(here.components.shoppers, events=PausingStore(here.events, read_again))
    vars(here.components).update(shoppers=service)
    await here.record(an_event("e9", occurred_at=NOW))
    for pod in (here, there):
        await pod.hears(there if pod is here else here)
        interactions, _ = await pod.profile()
        assert [kind for _, _, kind in interactions].count("view") == 1


async def test_a_profile_that_was_read_with_the_lease_is_kept_if_it_is_current(pods: list[Pod]) -> None:
    here, there = pods
    await there.profile()
    asked_at, content = here.known.now(), await here.cache.get(profile_key("u"))
    entry = CacheEntry(profile_key("u"), content, asked_at)
    loaded = await here.reader.read("u", entry)
    assert here.reader.kept("u") is loaded
    here.known.drop([profile_key("u")])
    await here.reader.read("u", entry)
    assert here.reader.kept("u") is None


@pytest.mark.parametrize("seed", range(3))
async def test_profiles_equal_those_of_a_fresh_process(
    pods: list[Pod], engine: AsyncEngine, seed: int
) -> None:
    chance, numbers, seconds = random.Random(seed), count(1), 0

    def an_action() -> Event:
        number = next(numbers)
        return an_event(
            f"e{number if chance.random() < 0.9 else chance.randrange(1, number + 1)}",
            product_id=chance.choice("abcdefgh"),
            kind=chance.choices(
                ["view", "cart", "click", "impression", "purchase", "hide", "unhide"], [6, 1, 1, 3, 2, 2, 1]
            )[0],
            occurred_at=NOW + timedelta(hours=chance.choice([-90, -60, -49, -2, 0, 0, 0.1]), seconds=number),
            order_id=chance.choice(["o1", None]),
        )

    async def change(pod: Pod) -> None:
        match chance.choices(["events", "read", "preferences", "erase"], [12, 6, 1, 1])[0]:
            case "events":
                await pod.record(*(an_action() for _ in range(chance.choice([1, 1, 1, 3]))))
            case "read":
                await pod.profile()
            case "preferences":
                hidden = tuple(chance.sample("abcdefgh", 2))
                await pod.components.shoppers.set_preferences("u", Preferences(hidden_products=hidden))
            case "erase":
                await pod.components.shoppers.erase("u")

    for _ in range(25):
        await asyncio.gather(*(change(chance.choice(pods)) for _ in range(chance.choice([1, 1, 2, 3]))))
        seconds += chance.choice([0, 0, 0, 10])
        for pod in (*pods, fresh := Pod(engine)):
            pod.clock.now = Clock.now + seconds
        await pods[0].hears(pods[1])
        await pods[1].hears(pods[0])
        expected = await fresh.profile()
        assert [await pod.profile() for pod in pods] == [expected, expected]
