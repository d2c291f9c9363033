"""Failures of Redis become `CacheUnavailable` within a bounded time."""

import asyncio
import inspect
import signal
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
import redis.asyncio
import redis.exceptions

from adapters.cache import CacheUnavailable, RedisBounds, RedisCache, new_epoch, redis_address
from adapters.cache.redis_cache import MAX_VALUE_BYTES
from adapters.cache.redis_connection import RedisConnection
from tests.support.builders.storage.recorded_copies import RecordedCopies
from tests.support.builders.storage.redis_bounds import PATIENT
from tests.support.servers.redis_server import RedisServer

pytestmark = pytest.mark.anyio

BOUNDS = RedisBounds(
    connect_seconds=0.3, read_seconds=0.3, total_seconds=0.6, probe_seconds=0.05, max_connections=4
)
REDIS_EXCEPTIONS = [
    member
    for member in vars(redis.exceptions).values()
    if inspect.isclass(member) and issubclass(member, Exception)
]


def raised_by_redis(kind: type[Exception]) -> Exception:
    if issubclass(kind, redis.exceptions.AskError):
        return kind("3999 127.0.0.1:6381")
    return kind.__new__(kind, "said redis") if issubclass(kind, UnicodeError) else kind("said redis")


async def assert_unavailable(cache: RedisCache, within: float) -> None:
    for call in (cache.get("a"), cache.set("a", b"1", 60), cache.invalidate(["a"])):
        began = time.monotonic()
        with pytest.raises(CacheUnavailable, match=r"Redis .*failed"):
            await call
        assert time.monotonic() - began < within


async def eventually(call: Callable[[], Awaitable[object]]) -> object:
    """The answer of `call` once Redis is used again."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await call()
            except CacheUnavailable:
                await asyncio.sleep(0.02)


async def test_a_dead_redis_is_reported_and_used_again_after_its_restart(own_redis: RedisServer) -> None:
    cache = RedisCache(own_redis.url, prefix="p:", bounds=BOUNDS)
    await cache.set("a", b"1", 60)
    own_redis.stop()
    await assert_unavailable(cache, within=1.5)
    own_redis.start()
    await eventually(lambda: cache.set("a", b"2", 60))
    assert await cache.get("a") == b"2"
    await cache.close()


async def test_a_redis_that_is_left_alone_is_not_subscribed_to(own_redis: RedisServer) -> None:
    connection = RedisConnection(redis_address(own_redis.url), PATIENT, "p:")
    own_redis.stop()
    with pytest.raises(CacheUnavailable):
        async with connection.operation("test") as client:
            await client.ping()
    with pytest.raises(CacheUnavailable):
        async with connection.subscriber():
            pytest.fail("it would be asked for a connection each second")
    await connection.close()


async def test_a_probe_with_an_unexpected_error_is_repeated(own_redis: RedisServer) -> None:
    faults = iter([IndexError("pop from an empty deque"), None])

    async def on_return(_: object) -> None:
        if fault := next(faults):
            raise fault

    connection = RedisConnection(redis_address(own_redis.url), PATIENT, "p:", on_return)
    with pytest.raises(CacheUnavailable):
        async with connection.operation("test"):
            raise redis.exceptions.ResponseError("said redis")

    async def works() -> bool:
        async with connection.operation("test") as client:
            return bool(await client.ping())

    assert await eventually(works)
    await connection.close()


async def test_calls_that_expire_together_are_unavailable_for_a_moment(own_redis: RedisServer) -> None:
    connection = RedisConnection(redis_address(own_redis.url), replace(PATIENT, total_seconds=0.5), "p:")

    async def waits() -> None:
        async with connection.operation("test"):
            await asyncio.Event().wait()

    async def works() -> bool:
        async with connection.operation("test") as client:
            return bool(await client.ping())

    ended = await asyncio.gather(waits(), waits(), return_exceptions=True)
    assert [type(error) for error in ended] == [CacheUnavailable] * 2
    assert await eventually(works)
    await connection.close()


async def test_a_restart_between_two_calls_raises_no_error(own_redis: RedisServer) -> None:
    cache = RedisCache(own_redis.url, prefix="p:", bounds=PATIENT)
    await cache.set("a", b"1", 60)
    own_redis.stop()
    own_redis.start()
    assert await cache.get("a") is None
    await cache.close()


async def test_a_hanging_redis_is_left_alone_and_used_again(own_redis: RedisServer) -> None:
    """Running calls end with the first timeout, and later ones do not wait."""
    bounds = replace(PATIENT, read_seconds=0.5)
    cache = RedisCache(own_redis.url, prefix="p:", bounds=bounds)
    await asyncio.gather(*(cache.set(f"{number}", b"1", 60) for number in range(4)))
    own_redis.pause(signal.SIGSTOP)
    try:
        running = [
            asyncio.create_task(cache.get("0")) for _ in range(50)
        ]  # Four wait for Redis, the rest for them.
        began = time.monotonic()
        ended = await asyncio.gather(*running, return_exceptions=True)
        assert all(isinstance(error, CacheUnavailable) for error in ended)
        assert time.monotonic() - began < 10, "two timeouts would be enough, and fifty are not"
        for _ in range(3):
            later = asyncio.create_task(cache.get("0"))
            await asyncio.sleep(0)
            assert later.done(), "it does not wait"
            with pytest.raises(CacheUnavailable):
                later.result()
    finally:
        own_redis.pause(signal.SIGCONT)
    await eventually(lambda: cache.set("b", b"2", 60))
    # A late answer belongs to the abandoned call, never to a later one.
    assert await cache.get("b") == b"2"
    await cache.close()


async def test_a_read_only_redis_is_left_alone(own_redis: RedisServer, free_port: int) -> None:
    """Its entries can no longer be invalidated, so that they are not read either."""
    cache = RedisCache(own_redis.url, prefix="p:", bounds=PATIENT)
    await cache.set("a", b"1", 60)
    async with redis.asyncio.Redis.from_url(own_redis.url) as operator:
        await operator.replicaof("127.0.0.1", free_port)
        with pytest.raises(CacheUnavailable, match=r"read only|READONLY"):
            await cache.invalidate(["a"])
        with pytest.raises(CacheUnavailable, match=r"read only|READONLY"):
            await cache.get("a")
        await operator.replicaof("NO", "ONE")
    assert await eventually(lambda: cache.get("a")) == b"1"
    await cache.close()


@pytest.mark.parametrize("replaced", [False, True])
async def test_recent_invalidations_are_repeated_after_a_failover(
    own_redis: RedisServer, replaced: bool
) -> None:
    """A server that restarts from an earlier dump has lost them, like a replica."""
    cache = RedisCache(own_redis.url, prefix="p:", bounds=PATIENT)
    await cache.set("a", b"old", 60)
    async with redis.asyncio.Redis.from_url(own_redis.url) as operator:
        await operator.save()
    if replaced:
        assert await cache.replace("a", b"new", 60, b"0", new_epoch(), RecordedCopies())
    else:
        await cache.invalidate(["a"])
    own_redis.stop()
    with pytest.raises(CacheUnavailable):
        await cache.get("a")
    own_redis.start()
    assert await eventually(lambda: cache.get("a")) is None
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


async def test_a_full_redis_is_left_alone(own_redis: RedisServer) -> None:
    cache = RedisCache(own_redis.url, prefix="p:", bounds=PATIENT)
    async with redis.asyncio.Redis.from_url(own_redis.url) as operator:
        await operator.config_set("maxmemory", "1")
        with pytest.raises(CacheUnavailable, match="maxmemory"):
            await cache.set("a", b"1", 60)
        with pytest.raises(CacheUnavailable, match="maxmemory"):
            await cache.get("a")
        await operator.config_set("maxmemory", "0")
    await eventually(lambda: cache.set("a", b"1", 60))
    await cache.close()


async def test_a_wrong_type_or_size_counts_as_absent(own_redis: RedisServer) -> None:
    cache = RedisCache(own_redis.url, prefix="p:", bounds=PATIENT)
    async with redis.asyncio.Redis.from_url(own_redis.url) as operator:
        await operator.lpush("p:list", "x")
        await operator.set("p:huge", b"x" * (MAX_VALUE_BYTES + 1))
        for key in ("list", "huge"):
            assert await cache.get(key) is None
            await cache.set(key, b"1", 60)
            assert await cache.get(key) == b"1"
        await cache.set("list", b"x" * (MAX_VALUE_BYTES + 1), 60)
        assert await cache.get("list") is None
    await cache.close()


@pytest.mark.parametrize("damage", [b"not a number", b"\xff\xfe", b"9" * 100, b"1.5", None])
async def test_a_damaged_epoch_still_excludes_outdated_values(
    own_redis: RedisServer, damage: bytes | None
) -> None:
    cache = RedisCache(own_redis.url, prefix="p:", bounds=PATIENT)
    await cache.invalidate(["a"])
    async with redis.asyncio.Redis.from_url(own_redis.url) as operator:
        [name] = await operator.keys("p:epoch:*")
        await operator.delete(name)
        await (operator.lpush(name, "x") if damage is None else operator.set(name, damage))
    before = await cache.epoch("a")
    await cache.set_unless_invalidated("a", b"1", 60, before)
    assert await cache.get("a") == b"1"
    await cache.invalidate(["a"])
    await cache.set_unless_invalidated("a", b"old", 60, before)
    assert await cache.get("a") is None
    await cache.close()


async def test_prefixes_separate_caches(own_redis: RedisServer) -> None:
    first = RedisCache(own_redis.url, prefix="one:", bounds=PATIENT)
    second = RedisCache(own_redis.url, prefix="two:", bounds=PATIENT)
    await first.set("a", b"1", 60)
    assert await second.get("a") is None
    await first.close()
    await second.close()


@pytest.mark.parametrize(
    "kind", [*REDIS_EXCEPTIONS, OSError, TimeoutError, ssl.SSLError, EOFError, UnicodeError]
)
async def test_every_exception_of_redis_is_translated(own_redis: RedisServer, kind: type[Exception]) -> None:
    connection = RedisConnection(redis_address(own_redis.url), PATIENT, "p:")
    with pytest.raises(CacheUnavailable, match="Redis GET") as error:
        async with connection.operation("GET"):
            raise raised_by_redis(kind)
    assert type(error.value.__cause__) is kind
    await connection.close()
