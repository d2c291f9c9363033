"""Reads of a hanging database are abandoned in time, and retried."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from adapters.database import DatabaseBounds, DatabaseUnavailable, ShopperStore, open_engine
from adapters.database.engine import writing
from adapters.database.migrations import migrate
from service.shoppers.profiles.shopper_reader import ShopperReader

pytestmark = pytest.mark.anyio


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def test_a_hanging_database_is_abandoned_and_retried(postgres_database_url: str) -> None:
    # The timeout of a statement is far away, so that it is not what ends the wait.
    engine = open_engine(postgres_database_url, DatabaseBounds(statement_seconds=600))
    await migrate(engine)
    store, clock = ShopperStore(engine), Clock()
    await store.save_catalog_record("u", b"known", datetime(2026, 1, 1, tzinfo=UTC))
    reader = ShopperReader(store, clock, 10)
    async with writing(engine) as connection:
        await connection.execute(text("LOCK TABLE profiles IN ACCESS EXCLUSIVE MODE"))
        async with asyncio.timeout(60):
            with pytest.raises(DatabaseUnavailable):
                await reader.read("u")
            clock.now += 60
            trying = asyncio.create_task(reader.read("u"))
            await asyncio.sleep(0)
            with pytest.raises(DatabaseUnavailable):
                await reader.read("u")
            assert not trying.done()  # The others do not wait with it.
            with pytest.raises(DatabaseUnavailable):
                await trying
    with pytest.raises(DatabaseUnavailable):
        await reader.read("u")  # Paused after the failure.
    clock.now += 60
    record = (await reader.read("u")).catalog_record
    assert record is not None
    assert record.content == b"known"
    await engine.dispose()
