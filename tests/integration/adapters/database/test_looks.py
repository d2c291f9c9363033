"""Answers wait for a database that hangs only so long, and one after the other."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from adapters.database import DatabaseBounds, ShopperStore, open_engine
from adapters.database.engine import writing
from adapters.database.migrations import migrate
from service.shoppers.reader import StoredShoppers

pytestmark = pytest.mark.anyio


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def test_a_database_that_hangs_is_given_up_and_tried_again(postgres_database_url: str) -> None:
    # The statement's own bound is far away: it must not be what ends the wait.
    engine = open_engine(postgres_database_url, DatabaseBounds(statement_seconds=600))
    await migrate(engine)
    store, clock = ShopperStore(engine), Clock()
    await store.keep_profile("u", b"known", datetime(2026, 1, 1, tzinfo=UTC))
    stored = StoredShoppers(store, clock, 10)
    async with writing(engine) as connection:
        await connection.execute(text("LOCK TABLE profiles IN ACCESS EXCLUSIVE MODE"))
        async with asyncio.timeout(60):
            looked = await stored.look("u")
            assert (looked.shopper, looked.may_be_erased) == (None, True)
            clock.now += 60
            trying = asyncio.create_task(stored.look("u"))
            await asyncio.sleep(0)
            assert (await stored.look("u")).shopper is None
            assert not trying.done()  # the others do not wait with it
            assert (await trying).shopper is None
    assert (await stored.look("u")).shopper is None  # left alone for a moment
    clock.now += 60
    found = (await stored.look("u")).shopper
    assert found is not None
    assert found.profile is not None
    assert found.profile.content == b"known"
    await engine.dispose()
