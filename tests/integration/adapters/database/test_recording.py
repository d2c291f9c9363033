"""Events are recorded once in both databases, and invalid ones are rejected."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import DatabaseRejected, EventStore
from adapters.database.engine import reading, writing
from adapters.database.migrations import migrate
from adapters.database.tables import events
from tests.support.builders.recorded_events import NOW, an_event, browsed
from tests.support.builders.storage.database_engines import Opened

pytestmark = pytest.mark.anyio


async def test_times_without_a_zone_are_rejected(store: EventStore) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="has no time zone"):
        await browsed(store, naive)
    with pytest.raises(ValueError, match="has no time zone"):
        an_event(occurred_at=naive)


async def test_unknown_kinds_are_rejected() -> None:
    with pytest.raises(ValueError, match="'look' is not a kind of event; the kinds are cart, click"):
        an_event(kind="look")


async def test_a_duplicate_does_not_change_an_event(store: EventStore) -> None:
    assert await store.add([an_event("a"), an_event("b"), an_event("b")]) == ["added", "added", "duplicate"]
    again = [an_event("a", kind="cart"), an_event("c", product_id="q")]
    assert await store.add(again) == ["conflict", "added"]
    assert await store.add(again) == ["conflict", "duplicate"]
    assert await store.add([]) == []
    assert [(one.user_id, one.product_id) for one in await browsed(store)] == [
        ("u", "p"),
        ("u", "p"),
        ("u", "q"),
    ]


async def test_concurrent_writers_record_each_event_once(store: EventStore) -> None:
    recorded = [an_event(f"e{number}") for number in range(300)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(store.add(recorded[::step])) for step in (1, -1, 1)]
    assert sum(task.result().count("added") for task in tasks) == 300
    assert len(await browsed(store)) == 300


async def test_concurrent_writers_of_the_same_events_never_deadlock(
    opened: Opened, postgres_database_url: str
) -> None:
    engine = opened(postgres_database_url)
    store = EventStore(engine)
    await migrate(engine)
    insert = text(
        "INSERT INTO events VALUES (:id, 'u', 'p', 'view', :now, :now, NULL, NULL, NULL, NULL, NULL)"
    )
    async with asyncio.TaskGroup() as group:
        async with writing(engine) as connection:
            await connection.execute(insert, {"id": "u/a", "now": NOW})
            waiting = group.create_task(store.add([an_event("z"), an_event("a")]))
            await asyncio.sleep(0.2)  # It waits for "a" now, and must not hold "z".
            await connection.execute(insert, {"id": "u/z", "now": NOW})
        assert await waiting == ["duplicate", "duplicate"]


async def test_thousands_of_events_are_recorded_at_once(engine: AsyncEngine, store: EventStore) -> None:
    recorded = [an_event(f"e{number:05}", user_id=f"u{number % 10}") for number in range(6_000)]
    assert await store.add(recorded) == ["added"] * 6_000
    sizes = [len(batch) async for batch in EventStore(engine).browsing()]
    assert sizes == [6_000]


async def test_all_fields_are_recorded(engine: AsyncEngine, store: EventStore) -> None:
    recorder = EventStore(engine, clock=lambda: NOW + timedelta(days=1))
    await recorder.add(
        [
            an_event("a", kind="purchase", quantity=3, price=2.55, recommendation_id="r", order_id="o"),
            an_event("b"),
        ]
    )
    async with reading(engine) as connection:
        rows = (await connection.execute(select(events).order_by(events.c.id))).all()
    later = NOW + timedelta(days=1)
    assert [tuple(row) for row in rows] == [
        ("u/a", "u", "p", "purchase", NOW, later, 3, 2.55, "r", "o", None),
        ("u/b", "u", "p", "view", NOW, later, None, None, None, None, None),
    ]


async def test_events_are_added_all_or_none(store: EventStore) -> None:
    with pytest.raises(DatabaseRejected, match="user_id"):
        await store.add([an_event("a"), an_event("b", user_id=None)])
    assert await browsed(store) == []


async def test_values_that_no_column_holds_are_rejected(store: EventStore) -> None:
    for wrong in (an_event("a", quantity=2**80), an_event("\ud800")):
        with pytest.raises(DatabaseRejected):
            await store.add([wrong])
