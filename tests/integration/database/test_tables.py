"""Tables: made by many at once, missing, or of another version."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import DatabaseNotPrepared, EventStore
from adapters.database.engine import writing
from tests.builders.recorded_events import an_event, browsed

pytestmark = pytest.mark.anyio


async def test_tables_may_be_made_by_many_at_once(engine: AsyncEngine) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(EventStore(engine).create_tables())
    store = EventStore(engine)
    await store.add([an_event()])
    await store.create_tables()
    assert len(await browsed(store)) == 1


async def test_a_database_without_tables_is_not_prepared(engine: AsyncEngine) -> None:
    store = EventStore(engine)
    for call in (browsed(store), store.add([an_event()])):
        with pytest.raises(DatabaseNotPrepared, match="events"):
            await call


async def test_a_table_of_another_version_is_not_prepared(engine: AsyncEngine, store: EventStore) -> None:
    async with writing(engine) as connection:
        await connection.execute(text("ALTER TABLE events DROP COLUMN price"))
    with pytest.raises(DatabaseNotPrepared, match="price"):
        await store.add([an_event()])
