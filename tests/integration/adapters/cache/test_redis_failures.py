"""Failures of Redis become `CacheUnavailable` within a bounded time."""

import asyncio
import inspect
import signal
import time

import pytest
import redis.asyncio
import redis.exceptions

from adapters.cache import CacheUnavailable, RedisBounds, RedisCache
from adapters.cache.redis_cache import bounded_operation
from tests.support.servers.redis_server import RedisServer

pytestmark = pytest.mark.anyio

BOUNDS = RedisBounds(connect_seconds=0.3, read_seconds=0.3, total_seconds=0.6, max_connections=4)
PATIENT = RedisBounds(connect_seconds=20, read_seconds=20, total_seconds=60, max_connections=4)
"""Bounds that a busy test machine does not reach, for tests that measure no time."""
REDIS_EXCEPTIONS = [
    member
    for member in vars(redis.exceptions).values()
    if inspect.isclass(member) and issubclass(member, redis.exceptions.RedisError)
]


def raised_by_redis(kind: type[Exception]) -> Exception:
    if issubclass(kind, redis.exceptions.AskError):
        return kind("3999 127.0.0.1:6381")
    return kind("said redis")


async def assert_unavailable(cache: RedisCache, within: float) -> None:
    for call in (cache.get("a"), cache.set("a", b"1", 60), cache.invalidate(["a"])):
        began = time.monotonic()
        with pytest.raises(CacheUnavailable, match=r"Redis (GET|SET|DEL)"):
            await call
        assert time.monotonic() - began < within


async def test_a_dead_redis_is_reported_and_used_again_after_its_restart(own_redis: RedisServer) -> None:
    cache = RedisCache(own_redis.url, prefix="p:", bounds=BOUNDS)
    await cache.set("a", b"1", 60)
    own_redis.stop()
    await assert_unavailable(cache, within=1.5)
    own_redis.start()
    await cache.set("a", b"2", 60)
    assert await cache.get("a") == b"2"
    await cache.close()


async def test_a_restart_between_two_calls_raises_no_error(own_redis: RedisServer) -> None:
    cache = RedisCache(own_redis.url, prefix="p:", bounds=PATIENT)
    await cache.set("a", b"1", 60)
    own_redis.stop()
    own_redis.start()
    assert await cache.get("a") is None
    await cache.close()


async def test_a_hanging_redis_is_abandoned_in_time_and_used_again(own_redis: RedisServer) -> None:
    cache = RedisCache(own_redis.url, prefix="p:", bounds=BOUNDS)
    await cache.set("a", b"1", 60)
    own_redis.pause(signal.SIGSTOP)
    try:
        await assert_unavailable(cache, within=1.5)
    finally:
        own_redis.pause(signal.SIGCONT)
    await cache.set("b", b"2", 60)
    # A late answer belongs to the abandoned call, never to a later one.
    assert await cache.get("b") == b"2"
    await cache.close()


@pytest.mark.parametrize(
    "bounds",
    [RedisBounds(read_seconds=0.3, total_seconds=60), RedisBounds(read_seconds=60, total_seconds=0.3)],
    ids=["one answer", "the whole operation"],
)
async def test_each_bound_holds_alone(own_redis: RedisServer, bounds: RedisBounds) -> None:
    cache = RedisCache(own_redis.url, prefix="p:", bounds=bounds)
    await cache.set("a", b"1", 60)
    own_redis.pause(signal.SIGSTOP)
    try:
        await assert_unavailable(cache, within=5)
    finally:
        own_redis.pause(signal.SIGCONT)
    await cache.close()


async def test_waiting_for_a_connection_is_bounded(own_redis: RedisServer) -> None:
    cache = RedisCache(own_redis.url, prefix="p:", bounds=BOUNDS)
    own_redis.pause(signal.SIGSTOP)
    began = time.monotonic()
    try:
        results = await asyncio.gather(*(cache.get("a") for _ in range(50)), return_exceptions=True)
    finally:
        own_redis.pause(signal.SIGCONT)
    assert all(isinstance(result, CacheUnavailable) for result in results)
    assert time.monotonic() - began < 3
    await cache.close()


async def test_connections_never_exceed_the_maximum(own_redis: RedisServer) -> None:
    cache = RedisCache(own_redis.url, prefix="p:", bounds=PATIENT)
    await asyncio.gather(*(cache.set(str(number), b"x" * 10_000, 60) for number in range(100)))
    async with redis.asyncio.Redis.from_url(own_redis.url) as other:
        clients = await other.client_list()
    assert 1 <= len(clients) - 1 <= PATIENT.max_connections
    await cache.close()


async def test_an_error_answer_of_redis_is_translated(own_redis: RedisServer) -> None:
    async with redis.asyncio.Redis.from_url(own_redis.url) as other:
        await other.lpush("p:list", "x")
        await other.config_set("maxmemory", "1")
    cache = RedisCache(own_redis.url, prefix="p:", bounds=PATIENT)
    with pytest.raises(CacheUnavailable, match="WRONGTYPE"):
        await cache.get("list")
    with pytest.raises(CacheUnavailable, match="maxmemory"):
        await cache.set("a", b"1", 60)
    await cache.close()


async def test_prefixes_separate_caches(own_redis: RedisServer) -> None:
    first = RedisCache(own_redis.url, prefix="one:", bounds=PATIENT)
    second = RedisCache(own_redis.url, prefix="two:", bounds=PATIENT)
    await first.set("a", b"1", 60)
    assert await second.get("a") is None
    await first.close()
    await second.close()


@pytest.mark.parametrize("kind", [*REDIS_EXCEPTIONS, OSError, TimeoutError])
async def test_every_exception_of_redis_is_translated(kind: type[Exception]) -> None:
    with pytest.raises(CacheUnavailable, match="Redis GET") as error:
        async with bounded_operation("GET", 60):
            raise raised_by_redis(kind)
    assert type(error.value.__cause__) is kind
