"""Calls of a hanging database are abandoned in time, and retried."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from adapters.database import (
    DatabaseBounds,
    DatabaseNotPrepared,
    DatabaseUnavailable,
    ShopperStore,
    open_engine,
)
from adapters.database.engine import writing
from adapters.database.migrations import migrate
from service.settings import ServiceSettings
from service.shoppers.profiles.shopper_reader import ShopperReader
from service.wiring.components import Components

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
    reader = ShopperReader(store, 10, clock)
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


async def test_no_request_waits_for_a_database_that_takes_no_writes(postgres_database_url: str) -> None:
    engine = open_engine(postgres_database_url, DatabaseBounds(statement_seconds=600))
    await migrate(engine)
    store, clock, read_at = ShopperStore(engine), Clock(), datetime(2026, 1, 1, tzinfo=UTC)
    reader = ShopperReader(store, 10, clock)
    async with writing(engine) as connection:
        await connection.execute(text("LOCK TABLE profiles IN EXCLUSIVE MODE"))
        async with asyncio.timeout(60):
            await reader.save_catalog_record("u", b"late", read_at)
            await reader.save_catalog_record("paused", b"not tried", read_at)
            assert (await reader.read("u")).catalog_record is None  # Reads go on.
    clock.now += 60
    await reader.save_catalog_record("later", b"stored", read_at)
    kept = [(await reader.read(user_id)).catalog_record for user_id in ("paused", "later")]
    assert [record.content if record else None for record in kept] == [None, b"stored"]
    await engine.dispose()


async def test_a_clock_that_is_set_back_delays_no_retry(postgres_database_url: str) -> None:
    engine = open_engine(postgres_database_url)
    clock = Clock()
    components = Components(
        ServiceSettings(issuers=[{"issuer": "https://id.test", "jwks_url": "https://id.test/jwks"}]),
        clock=clock,
        engine=engine,
    )
    reader = components.shopper_reader
    with pytest.raises(DatabaseNotPrepared):
        await reader.read("u")
    await migrate(engine)
    clock.now -= 3600
    async with asyncio.timeout(60):
        while True:
            with suppress(DatabaseNotPrepared):
                await reader.read("u")
                break
            await asyncio.sleep(0.05)
    await engine.dispose()
