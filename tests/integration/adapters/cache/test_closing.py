"""Nothing is sent by a connection that is closing."""

import asyncio
from dataclasses import replace

import pytest

from adapters.cache import CacheUnavailable, redis_address
from adapters.cache.redis_connection import RedisConnection
from tests.support.builders.storage.redis_bounds import PATIENT
from tests.support.servers.redis_server import RedisServer

pytestmark = pytest.mark.anyio


async def test_operations_that_wait_for_a_connection_are_not_sent_after_closing(
    own_redis: RedisServer,
) -> None:
    connection = RedisConnection(redis_address(own_redis.url), replace(PATIENT, max_connections=1), "p:")
    used = []

    async def uses() -> None:
        async with connection.operation("test") as client:
            used.append(await client.ping())
            await asyncio.Event().wait()

    operations = [asyncio.create_task(uses()) for _ in range(3)]
    async with asyncio.timeout(30):
        while not used:
            await asyncio.sleep(0.01)
        await connection.close()
        ended = await asyncio.gather(*operations, uses(), return_exceptions=True)
    assert [type(error) for error in ended] == [CacheUnavailable] * 4
    assert len(used) == 1
