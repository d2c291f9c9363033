"""Missing tables, and tables of another version."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import DatabaseNotPrepared, EventStore
from adapters.database.engine import writing
from tests.support.builders.recorded_events import an_event, browsed

pytestmark = pytest.mark.anyio


async def test_a_database_without_tables_is_not_prepared(engine: AsyncEngine) -> None:
    store = EventStore(engine)
    for call in (browsed(store), store.add([an_event()])):
        with pytest.raises(DatabaseNotPrepared, match=r"events|erasures"):
            await call


async def test_a_table_of_another_version_is_not_prepared(engine: AsyncEngine, store: EventStore) -> None:
    async with writing(engine) as connection:
        await connection.execute(text("ALTER TABLE events DROP COLUMN price"))
    with pytest.raises(DatabaseNotPrepared, match="price"):
        await store.add([an_event()])
