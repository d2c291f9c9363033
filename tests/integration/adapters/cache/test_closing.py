"""Closing leaves no connection, and nothing is sent meanwhile."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace

import pytest
import redis.asyncio

from adapters.cache import CacheUnavailable, RedisCache, redis_address
from adapters.cache.redis_connection import RedisConnection
from tests.support.builders.storage.recorded_copies import RecordedCopies
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


async def test_operations_that_fail_meanwhile_begin_no_probe(own_redis: RedisServer) -> None:
    async def fail(connection: RedisConnection, steps: int) -> None:
        with pytest.raises(CacheUnavailable):
            async with connection.operation("test"):
                for _ in range(steps):
                    await asyncio.sleep(0)
                raise redis.exceptions.ConnectionError

    for steps in range(5):
        connection = RedisConnection(redis_address(own_redis.url), PATIENT, "p:")
        await fail(connection, 0)
        async with asyncio.timeout(30):
            while not admits(connection):
                await asyncio.sleep(0.01)
        others = asyncio.all_tasks()
        failing = asyncio.create_task(fail(connection, steps))
        await asyncio.sleep(0)
        await connection.close()
        await failing
        assert (asyncio.all_tasks() - others, admits(connection)) == (set(), False)


def admits(connection: RedisConnection) -> bool:
    try:
        connection.admit()
    except CacheUnavailable:
        return False
    return True


async def connections_left(server: RedisServer) -> int:
    """Connections that the server still has a little later, without that of the question."""
    async with redis.asyncio.Redis.from_url(server.url) as observer:
        for _ in range(100):
            if len(await observer.client_list()) == 1:
                break
            await asyncio.sleep(0.01)
        return len(await observer.client_list()) - 1


async def cancel_repeatedly(work: Coroutine[None, None, None], steps: int, times: int) -> None:
    """Cancels `work` after `steps` turns of the loop, several times."""
    task = asyncio.create_task(work)
    for _ in range(steps):
        await asyncio.sleep(0)
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    await asyncio.gather(task, return_exceptions=True)


async def test_connections_that_open_meanwhile_are_closed(own_redis: RedisServer) -> None:
    async def ask(connection: RedisConnection) -> None:
        async with connection.operation("PING") as client:
            await client.ping()

    connections = [RedisConnection(redis_address(own_redis.url), PATIENT, "p:") for _ in range(40)]
    for steps, connection in enumerate(connections):
        asked = [asyncio.create_task(ask(connection)) for _ in range(3)]
        for _ in range(steps):
            await asyncio.sleep(0)
        await connection.close()
        await asyncio.gather(*asked, return_exceptions=True)
    assert await connections_left(own_redis) == 0


async def test_connection_of_a_subscription_is_closed_however_often_it_is_cancelled(
    own_redis: RedisServer,
) -> None:
    connection = RedisConnection(redis_address(own_redis.url), PATIENT, "p:")
    clients: list[redis.asyncio.Redis] = []  # Garbage would be closed.

    async def subscribe() -> None:
        async with connection.subscriber() as client:
            clients.append(client)
            await client.ping()
            await asyncio.Event().wait()

    for steps in range(40):
        await cancel_repeatedly(subscribe(), steps, times=6)
    assert await connections_left(own_redis) == 0
    await connection.close()


async def test_following_leaves_no_task_however_often_it_is_cancelled(own_redis: RedisServer) -> None:
    cache, before = RedisCache(own_redis.url, prefix="p:", bounds=PATIENT), asyncio.all_tasks()
    for steps in range(40):
        await cancel_repeatedly(cache.follow(RecordedCopies()), steps, times=3)
        assert asyncio.all_tasks() == before
    await cache.close()
