"""Data of shoppers is stored and erased, in both databases."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import (
    DatabaseNotPrepared,
    Erasure,
    EventStore,
    ShopperStore,
    StoredContent,
    StoredShopper,
)
from adapters.database.engine import writing
from adapters.database.event_rows import row_of
from adapters.database.tables import events
from tests.support.builders.recorded_events import NOW, an_event
from tests.support.builders.storage.database_engines import Opened

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


@pytest.fixture
def shoppers(engine: AsyncEngine, store: EventStore) -> ShopperStore:
    """Store over the same tables as `store`, whose clock is at NOW."""
    del store
    return ShopperStore(engine, clock=lambda: NOW)


async def test_an_unknown_shopper_has_no_data(shoppers: ShopperStore) -> None:
    assert await shoppers.read("u", 10) == StoredShopper()


async def test_the_latest_events_are_read_newest_first(store: EventStore, shoppers: ShopperStore) -> None:
    recorded = [an_event(f"e{n}", occurred_at=NOW + n * HOUR, price=1.5) for n in range(5)]
    await store.add([*recorded, an_event("other", user_id="v", occurred_at=NOW + 9 * HOUR)])
    assert (await shoppers.read("u", 3)).events == tuple(recorded[:1:-1])


async def test_catalog_records_and_preferences_are_returned_unchanged(shoppers: ShopperStore) -> None:
    await shoppers.save_catalog_record("u", b"\x00profile", NOW)
    assert await shoppers.save_preferences("u", b"\x00first") == NOW
    await shoppers.save_preferences("u", b"")
    stored = await shoppers.read("u", 10)
    assert stored == StoredShopper((), StoredContent(b"\x00profile", NOW), StoredContent(b"", NOW), None)
    assert await shoppers.read("v", 10) == StoredShopper()


async def test_an_older_catalog_record_does_not_replace_a_newer_one(shoppers: ShopperStore) -> None:
    await shoppers.save_catalog_record("u", b"new", NOW)
    await shoppers.save_catalog_record("u", b"old", NOW - HOUR)
    assert (await shoppers.read("u", 1)).catalog_record == StoredContent(b"new", NOW)
    await shoppers.save_catalog_record("u", b"newest", NOW + HOUR)
    assert (await shoppers.read("u", 1)).catalog_record == StoredContent(b"newest", NOW + HOUR)


async def test_later_preferences_of_a_slow_clock_replace_earlier_ones(
    engine: AsyncEngine, shoppers: ShopperStore
) -> None:
    late = ShopperStore(engine, clock=lambda: NOW - HOUR)
    await shoppers.save_preferences("u", b"first")
    assert await late.save_preferences("u", b"second") == NOW
    assert (await late.read("u", 1)).preferences == StoredContent(b"second", NOW)
    early = ShopperStore(engine, clock=lambda: NOW + HOUR)
    assert await early.save_preferences("u", b"third") == NOW + HOUR
    assert (await early.read("u", 1)).preferences == StoredContent(b"third", NOW + HOUR)


async def test_an_erasure_removes_everything_and_counts_it(store: EventStore, shoppers: ShopperStore) -> None:
    await store.add([an_event("a"), an_event("b"), an_event("c", user_id="v")])
    await shoppers.save_catalog_record("u", b"p", NOW)
    await shoppers.save_preferences("u", b"q")
    assert await shoppers.erase("u") == Erasure("u", NOW, events=2, profiles=1, preferences=1)
    assert await shoppers.read("u", 10) == StoredShopper(erased_at=NOW)
    assert len((await shoppers.read("v", 10)).events) == 1
    assert await shoppers.erase("u") == Erasure("u", NOW, 0, 0, 0)
    assert await shoppers.erase("stranger") == Erasure("stranger", NOW, 0, 0, 0)


async def test_data_from_before_an_erasure_is_ignored(store: EventStore, shoppers: ShopperStore) -> None:
    await store.add([an_event("a")])
    await shoppers.erase("u")
    late = [an_event("a"), an_event("b", occurred_at=NOW - HOUR), an_event("c", user_id="v")]
    outcomes = await store.add([*late, an_event("d", occurred_at=NOW + HOUR)])
    assert outcomes == ["ignored", "ignored", "added", "added"]
    await shoppers.save_catalog_record("u", b"p", NOW)
    assert [event.id for event in (await shoppers.read("u", 10)).events] == ["d"]
    assert (await shoppers.read("u", 10)).catalog_record is None
    await shoppers.save_catalog_record("u", b"p", NOW + HOUR)
    assert (await shoppers.read("u", 10)).catalog_record is not None


@pytest.mark.parametrize("ahead", [timedelta(microseconds=1), timedelta(minutes=10), timedelta(days=9_999)])
async def test_an_erased_event_of_any_time_stays_erased(
    engine: AsyncEngine, store: EventStore, shoppers: ShopperStore, ahead: timedelta
) -> None:
    dated_ahead = an_event("a", kind="hide", occurred_at=NOW + ahead)
    others = an_event("a", user_id="v", occurred_at=NOW + ahead)
    assert await store.add([dated_ahead, others]) == ["added", "added"]
    assert (await shoppers.erase("u")).events == 1
    really_later = an_event("b", kind="hide", occurred_at=NOW + timedelta(microseconds=1))
    for _ in range(2):
        outcomes = await store.add([dated_ahead, others, really_later])
        assert outcomes[:2] == ["ignored", "duplicate"]
        assert (await shoppers.read("u", 10)).events == (really_later,)
    # An erasure that is repeated forgets nothing.
    much_later = ShopperStore(engine, clock=lambda: NOW + timedelta(microseconds=2))
    await much_later.erase("u")
    assert await store.add([dated_ahead, really_later]) == ["ignored", "ignored"]


async def test_an_event_of_an_earlier_release_stays_erased(
    engine: AsyncEngine, store: EventStore, shoppers: ShopperStore
) -> None:
    dated_ahead = an_event("a", occurred_at=NOW + HOUR)
    row = row_of(dated_ahead, NOW) | {"id": "a"}
    for _ in range(2):
        async with writing(engine) as connection:
            await connection.execute(insert(events), row)
        assert (await shoppers.erase("u")).events == 1
    assert await store.add([dated_ahead]) == ["ignored"]


@pytest.mark.usefixtures("store")
async def test_concurrent_writers_leave_nothing_from_before_an_erasure(engine: AsyncEngine) -> None:
    shoppers = ShopperStore(engine, clock=lambda: NOW)
    for number in range(10):
        async with asyncio.TaskGroup() as group:
            for part in range(2):
                late = [an_event(f"{number}-{part}-{n}") for n in range(20)]
                group.create_task(EventStore(engine).add(late))
            group.create_task(shoppers.erase("u"))
        assert (await shoppers.read("u", 100)).events == ()


async def test_old_events_are_deleted_in_batches(store: EventStore, shoppers: ShopperStore) -> None:
    kinds = ("view", "cart", "impression")
    recorded = [
        an_event(f"{n:02}", kind=kinds[n % 3], occurred_at=NOW + timedelta(minutes=n)) for n in range(60)
    ]
    await store.add(recorded)
    assert await store.purge(NOW + timedelta(minutes=50), batch=7) == 50
    left = (await shoppers.read("u", 100)).events
    assert [event.id for event in left] == [f"{n}" for n in range(59, 49, -1)]
    assert await store.purge(NOW + timedelta(minutes=50), batch=7) == 0


async def test_a_database_without_tables_is_not_prepared(opened: Opened, database_url: str) -> None:
    shoppers = ShopperStore(opened(database_url))
    calls = (shoppers.read("u", 1), shoppers.erase("u"), shoppers.save_preferences("u", b""))
    for call in (*calls, shoppers.save_catalog_record("u", b"", NOW)):
        with pytest.raises(DatabaseNotPrepared):
            await call


async def test_times_without_a_zone_are_rejected(store: EventStore, shoppers: ShopperStore) -> None:
    naive = datetime(2026, 1, 1)
    with pytest.raises(ValueError, match="time zone"):
        await shoppers.save_catalog_record("u", b"", naive)
    with pytest.raises(ValueError, match="time zone"):
        await store.purge(naive)
