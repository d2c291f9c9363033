"""What is stored of shoppers, over both databases: read, exported, kept by age, erased for good."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import (
    DatabaseNotPrepared,
    Erasure,
    EventStore,
    ShopperStore,
    StoredContent,
    StoredShopper,
)
from tests.support.builders.recorded_events import NOW, an_event

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


@pytest.fixture
def shoppers(engine: AsyncEngine, store: EventStore) -> ShopperStore:
    """Shoppers over the same tables as `store`; it is NOW."""
    del store
    return ShopperStore(engine, clock=lambda: NOW)


async def test_of_a_stranger_nothing_is_stored(shoppers: ShopperStore) -> None:
    assert await shoppers.read("u", 10) == StoredShopper()


async def test_the_latest_events_come_newest_first(store: EventStore, shoppers: ShopperStore) -> None:
    recorded = [an_event(f"e{n}", occurred_at=NOW + n * HOUR, kind="hide", price=1.5) for n in range(5)]
    await store.add([*recorded, an_event("other", user_id="v", occurred_at=NOW + 9 * HOUR)])
    assert await store.latest("u", 3) == recorded[:1:-1]
    assert (await shoppers.read("u", 3)).events == tuple(recorded[:1:-1])
    assert await store.latest("nobody", 3) == []


async def test_profiles_and_preferences_come_back(shoppers: ShopperStore) -> None:
    await shoppers.keep_profile("u", b"\x00profile", NOW)
    assert await shoppers.put_preferences("u", b"\x00first") == NOW
    await shoppers.put_preferences("u", b"")
    stored = await shoppers.read("u", 10)
    assert stored == StoredShopper((), StoredContent(b"\x00profile", NOW), StoredContent(b"", NOW), None)
    assert await shoppers.read("v", 10) == StoredShopper()


async def test_an_older_profile_does_not_replace_a_newer_one(shoppers: ShopperStore) -> None:
    await shoppers.keep_profile("u", b"new", NOW)
    await shoppers.keep_profile("u", b"old", NOW - HOUR)
    assert (await shoppers.read("u", 1)).profile == StoredContent(b"new", NOW)
    await shoppers.keep_profile("u", b"newest", NOW + HOUR)
    assert (await shoppers.read("u", 1)).profile == StoredContent(b"newest", NOW + HOUR)


async def test_an_erasure_removes_everything_and_says_how_much(
    store: EventStore, shoppers: ShopperStore
) -> None:
    await store.add([an_event("a"), an_event("b"), an_event("c", user_id="v")])
    await shoppers.keep_profile("u", b"p", NOW)
    await shoppers.put_preferences("u", b"q")
    assert await shoppers.erase("u") == Erasure("u", NOW, events=2, profiles=1, preferences=1)
    assert await shoppers.read("u", 10) == StoredShopper(erased_at=NOW)
    assert len((await shoppers.read("v", 10)).events) == 1
    assert await shoppers.erase("u") == Erasure("u", NOW, 0, 0, 0)
    assert await shoppers.erase("stranger") == Erasure("stranger", NOW, 0, 0, 0)


async def test_what_happened_before_an_erasure_does_not_come_back(
    store: EventStore, shoppers: ShopperStore
) -> None:
    await store.add([an_event("a")])
    await shoppers.erase("u")
    late = [an_event("a"), an_event("b", occurred_at=NOW - HOUR), an_event("c", user_id="v")]
    recorded = await store.add([*late, an_event("d", occurred_at=NOW + HOUR)])
    assert recorded.added == {"c", "d"}
    assert recorded.barred == {"a", "b"}
    await shoppers.keep_profile("u", b"p", NOW)
    assert [event.id for event in (await shoppers.read("u", 10)).events] == ["d"]
    assert (await shoppers.read("u", 10)).profile is None
    await shoppers.keep_profile("u", b"p", NOW + HOUR)
    assert (await shoppers.read("u", 10)).profile is not None


async def test_writers_and_an_erasure_at_the_same_time(engine: AsyncEngine, store: EventStore) -> None:
    """Whichever comes first, nothing from before the erasure is left."""
    shoppers = ShopperStore(engine, clock=lambda: NOW)
    del store
    for number in range(10):
        async with asyncio.TaskGroup() as group:
            for part in range(2):
                late = [an_event(f"{number}-{part}-{n}") for n in range(20)]
                group.create_task(EventStore(engine).add(late))
            group.create_task(shoppers.erase("u"))
        assert (await shoppers.read("u", 100)).events == ()


async def test_old_events_are_deleted_in_batches(store: EventStore) -> None:
    kinds = ("view", "purchase", "hide")
    recorded = [
        an_event(f"{n:02}", kind=kinds[n % 3], occurred_at=NOW + timedelta(minutes=n)) for n in range(60)
    ]
    await store.add(recorded)
    assert await store.purge(NOW + timedelta(minutes=50), batch=7) == 50
    assert [event.id for event in await store.latest("u", 100)] == [f"{n}" for n in range(59, 49, -1)]
    assert await store.purge(NOW + timedelta(minutes=50), batch=7) == 0


async def test_a_database_without_tables_is_not_prepared(
    opened: Callable[[str], AsyncEngine], database_url: str
) -> None:
    shoppers = ShopperStore(opened(database_url))
    calls = (shoppers.read("u", 1), shoppers.erase("u"), shoppers.put_preferences("u", b""))
    for call in (*calls, shoppers.keep_profile("u", b"", NOW)):
        with pytest.raises(DatabaseNotPrepared):
            await call


async def test_times_without_a_zone_are_refused(store: EventStore, shoppers: ShopperStore) -> None:
    naive = datetime(2026, 1, 1)
    with pytest.raises(ValueError, match="time zone"):
        await shoppers.keep_profile("u", b"", naive)
    with pytest.raises(ValueError, match="time zone"):
        await store.purge(naive)
