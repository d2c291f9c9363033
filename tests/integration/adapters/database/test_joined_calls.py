"""Events and records of concurrent requests are stored together (PostgreSQL)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, timedelta

import pytest
from sqlalchemy import event, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.database import DatabaseRejected, DatabaseUnavailable, EventLimits, EventStore, ShopperStore
from adapters.database.engine import reading, writing
from adapters.database.event_rows import Event, row_of
from adapters.database.migrations import migrate
from adapters.database.stored_shoppers import read_shopper
from adapters.database.tables import events
from tests.support.builders.recorded_events import NOW, an_event
from tests.support.builders.storage.database_engines import IMPATIENT, Opened

pytestmark = pytest.mark.anyio

_WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


@pytest.fixture
async def engine(opened: Opened, postgres_database_url: str) -> AsyncEngine:
    """A migrated database."""
    engine = opened(postgres_database_url)
    await migrate(engine)
    return engine


@pytest.fixture
def store(engine: AsyncEngine) -> EventStore:
    """A store with low limits."""
    return EventStore(engine, clock=lambda: NOW, limits=EventLimits(recent=6))


@pytest.fixture
def statements(engine: AsyncEngine) -> list[str]:
    """Statements that are sent."""
    sent: list[str] = []
    event.listen(engine.sync_engine, "before_cursor_execute", lambda *args: sent.append(args[2]))
    return sent


async def waits(connection: AsyncConnection) -> None:
    """Returns once another connection waits for a lock."""
    while not (await connection.execute(_WAITING)).scalar_one():
        await asyncio.sleep(0.01)


@asynccontextmanager
async def blocked(
    engine: AsyncEngine, store: EventStore, first: Event, *others: list[Event]
) -> AsyncIterator[list[asyncio.Task[list[str]]]]:
    """Adds `first` while the table is locked, and `others` while it waits.

    The lock ends with the block.
    """
    async with writing(engine) as connection:
        await connection.execute(text("LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE"))
        tasks = [asyncio.create_task(store.add([first]))]
        await waits(connection)
        tasks += [asyncio.create_task(store.add(each)) for each in others]
        await asyncio.sleep(0)
        yield tasks
    await asyncio.wait(tasks)


async def test_events_of_concurrent_requests_are_stored_by_one_statement(
    engine: AsyncEngine, store: EventStore, statements: list[str]
) -> None:
    batches = [[an_event(f"{n}", user_id=f"u{n}"), an_event(f"{n}b")] for n in range(3)]
    async with blocked(engine, store, an_event("first"), *batches) as tasks:
        statements.clear()
    assert [task.result() for task in tasks] == [["added"], *[["added"] * 2] * 3]
    assert len(statements) == 1


async def test_a_rule_for_one_batch_does_not_concern_the_others(
    engine: AsyncEngine, store: EventStore
) -> None:
    known, crowd = an_event("known", user_id="k"), [an_event(f"c{n}", user_id="c") for n in range(6)]
    for batch in ([known], crowd, [an_event("gone", user_id="e")]):
        await store.add(batch)
    await ShopperStore(engine, clock=lambda: NOW).erase("e")
    earlier_release = an_event("past", user_id="p")
    async with writing(engine) as connection:
        await connection.execute(insert(events), row_of(earlier_release, NOW) | {"id": "past"})
    batches = [
        [earlier_release],
        [an_event("new", user_id="n")],
        [an_event("known", user_id="k", kind="cart"), an_event("other", user_id="k")],
        [an_event("old", user_id="e"), an_event("old", user_id="f")],
        [an_event("twice"), an_event("twice")],
        [an_event("new", user_id="n")],
        [an_event("wrong", quantity=2**80)],
        [an_event("more", user_id="c", occurred_at=NOW.replace(year=2000))],
    ]
    async with blocked(engine, store, an_event("first"), *batches) as tasks:
        pass
    *stored, rejected, crowded = tasks
    assert [task.result() for task in stored] == [
        ["added"],
        ["duplicate"],
        ["added"],
        ["conflict", "added"],
        ["ignored", "added"],
        ["added", "duplicate"],
        ["duplicate"],
    ]
    assert isinstance(rejected.exception(), DatabaseRejected)
    assert crowded.result() == ["ignored"]


async def test_an_erasure_that_ends_first_is_respected(engine: AsyncEngine, store: EventStore) -> None:
    tombstone = text("INSERT INTO erasures VALUES ('u', :now, 0, 0, 0)")
    async with writing(engine) as connection:
        await connection.execute(text("LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE"))
        adding = asyncio.create_task(store.add([an_event()]))
        await waits(connection)
        await connection.execute(tombstone, {"now": NOW})
    assert await adding == ["ignored"]


async def test_a_caller_who_leaves_takes_no_other_along(engine: AsyncEngine, store: EventStore) -> None:
    async with blocked(engine, store, an_event("a"), [an_event("b")], [an_event("c")]) as tasks:
        for leaving in tasks[:2]:
            leaving.cancel()
    assert await tasks[2] == ["added"]
    # What was sent is stored. What waited is not sent any more.
    assert await store.add([an_event("a")]) == ["duplicate"]
    assert await store.add([an_event("b")]) == ["added"]


async def test_a_failure_reaches_all_who_wait_and_ends_with_it(
    opened: Opened, engine: AsyncEngine, postgres_database_url: str
) -> None:
    store = EventStore(opened(postgres_database_url, IMPATIENT))
    async with blocked(engine, store, an_event("a"), [an_event("b")]) as tasks:
        with pytest.raises(DatabaseUnavailable):
            await tasks[0]
    assert isinstance(tasks[1].exception(), DatabaseUnavailable) or tasks[1].result() == ["added"]
    assert await store.add([an_event("c")]) == ["added"]


@pytest.mark.usefixtures("store")
async def test_concurrent_processes_stay_within_the_limit_of_permanent_events(
    opened: Opened, engine: AsyncEngine, postgres_database_url: str
) -> None:
    stores = [
        EventStore(opened(postgres_database_url), limits=EventLimits(recent=1_000, permanent=30))
        for _ in range(6)
    ]
    outcomes = await asyncio.gather(
        *(
            each.add(
                [
                    an_event(f"{writer}-{turn}-{n}", kind="hide", product_id=f"{writer}-{turn}-{n}")
                    for n in range(2)
                ]
            )
            for turn in range(5)
            for writer, each in enumerate(stores)
        )
    )
    assert sum(outcome.count("added") for outcome in outcomes) == 30
    async with reading(engine) as connection:
        assert (await connection.execute(select(func.count()).select_from(events))).scalar_one() == 30


async def test_catalog_records_of_concurrent_requests_are_stored_by_one_statement(
    engine: AsyncEngine, statements: list[str]
) -> None:
    shoppers = ShopperStore(engine, clock=lambda: NOW)
    await shoppers.erase("erased")
    async with writing(engine) as connection:
        await connection.execute(text("LOCK TABLE profiles IN SHARE ROW EXCLUSIVE MODE"))
        saves = [asyncio.create_task(shoppers.save_catalog_record("first", b"1", NOW))]
        await waits(connection)
        later = NOW + timedelta(seconds=1)
        records = [("a", b"2", later), ("b", b"3", NOW), ("erased", b"4", NOW), ("a", b"5", NOW)]
        saves += [asyncio.create_task(shoppers.save_catalog_record(*each)) for each in records]
        await asyncio.sleep(0)
        statements.clear()
    await asyncio.gather(*saves)
    assert len(statements) == 2  # Not more than one record of a shopper in each.
    stored = {name: (await shoppers.read(name, 0)).catalog_record for name in ("first", "a", "b", "erased")}
    assert {name: each and each.content for name, each in stored.items()} == {
        "first": b"1",
        "a": b"2",
        "b": b"3",
        "erased": None,
    }


async def test_shoppers_of_concurrent_requests_are_read_as_each_alone(
    engine: AsyncEngine, statements: list[str]
) -> None:
    shoppers, names = ShopperStore(engine, clock=lambda: NOW), ["a", "b", "c", "b", "stranger"]
    kinds = ("hide", "view", "view", "cart", "impression", "impression", "purchase", "unhide")
    recorded = [
        an_event(f"{n}", user_id=user_id, kind=kind, occurred_at=NOW + timedelta(minutes=n % 5))
        for user_id in "ab"
        for n, kind in enumerate(kinds)
    ]
    await EventStore(engine).add(
        [*recorded, an_event("ahead", user_id="c", occurred_at=NOW + timedelta(days=1))]
    )
    await shoppers.save_catalog_record("a", b"1", NOW)
    await shoppers.save_preferences("b", b"2")
    await shoppers.erase("c")
    for limits in ([0] * 5, [1] * 5, [9] * 5, [9, 1, 9, 1, 0]):
        asked = list(zip(names, limits, strict=True))
        async with reading(engine) as connection:
            alone = [await read_shopper(connection, *each) for each in asked]
        statements.clear()
        assert await asyncio.gather(*(shoppers.read(*each) for each in asked)) == alone
        assert len(set(limits)) > 1 or len(statements) == 3


async def test_an_erasure_that_ends_first_excludes_a_catalog_record(engine: AsyncEngine) -> None:
    shoppers = ShopperStore(engine, clock=lambda: NOW)
    async with writing(engine) as connection:
        await connection.execute(text("LOCK TABLE profiles IN SHARE ROW EXCLUSIVE MODE"))
        saving = asyncio.create_task(shoppers.save_catalog_record("u", b"1", NOW))
        await waits(connection)
        await connection.execute(text("INSERT INTO erasures VALUES ('u', :now, 0, 0, 0)"), {"now": NOW})
    await saving
    assert (await shoppers.read("u", 0)).catalog_record is None


@pytest.mark.parametrize(("written", "year"), [("infinity", 9999), ("-infinity", 1)])
async def test_infinite_times_are_the_last_and_the_first(
    engine: AsyncEngine, written: str, year: int
) -> None:
    shoppers = ShopperStore(engine)
    await EventStore(engine).add([an_event("e")])
    await shoppers.save_catalog_record("u", b"record", NOW)
    await shoppers.save_preferences("u", b"own")
    async with writing(engine) as connection:
        for column in ("events SET occurred_at", "profiles SET read_at", "preferences SET updated_at"):
            await connection.exec_driver_sql(f"UPDATE {column} = '{written}'")
        await connection.exec_driver_sql(f"INSERT INTO erasures VALUES ('u', '{written}', 0, 0, 0)")
    stored = await shoppers.read("u", 10)
    assert stored.catalog_record
    assert stored.preferences
    assert stored.erased_at
    times = stored.events[0].occurred_at, stored.catalog_record.as_of, stored.preferences.as_of
    assert {(time.year, time.tzinfo) for time in (*times, stored.erased_at)} == {(year, UTC)}
