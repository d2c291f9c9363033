"""Copies are dropped with their entries, and when an invalidation may be missed."""

import asyncio
import signal

import msgspec
import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from adapters.cache import (
    CacheUnavailable,
    InProcessCache,
    RedisBounds,
    RedisCache,
    new_epoch,
    redis_address,
)
from adapters.cache.redis_connection import RedisConnection
from adapters.cache.redis_invalidations import RedisInvalidations
from tests.support.builders.storage.recorded_copies import RecordedCopies, following
from tests.support.builders.storage.redis_bounds import PATIENT
from tests.support.servers.redis_server import RedisServer

pack = msgspec.msgpack.encode
pytestmark = pytest.mark.anyio


async def test_own_copies_are_dropped_before_an_invalidation_returns(redis_cache: RedisCache) -> None:
    for cache in (redis_cache, InProcessCache(max_entries=9, max_bytes=9000)):
        async with following(cache) as copies:
            await cache.invalidate(["a", "b"])
            assert copies.calls.get_nowait() == "drop a,b"
        await copies.until("stop")
        await cache.invalidate(["c"])
        assert copies.calls.empty(), "nothing is reported after the end"


async def test_copies_of_other_processes_are_dropped(redis_url: str, redis_namespace: str) -> None:
    here, there = (RedisCache(redis_url, prefix=redis_namespace, bounds=PATIENT) for _ in range(2))
    async with following(there) as copies:
        await here.invalidate(["profile:2:茶"])
        assert "stop" not in await copies.until("drop profile:2:茶")
    await here.close()
    await there.close()


async def test_an_author_keeps_its_copy_and_other_processes_drop_theirs(
    redis_url: str, redis_namespace: str
) -> None:
    here, there = (RedisCache(redis_url, prefix=redis_namespace, bounds=PATIENT) for _ in range(2))
    async with following(here) as author, following(there) as others:
        assert await here.replace("a", b"1", 60, await here.epoch("a"), new_epoch(), author)
        assert not await here.replace("b", b"x" * 5_000_000, 60, b"0", new_epoch(), author), "too large"
        assert await others.until("drop a") == []
        await there.invalidate(["b"])
        assert await author.until("drop b") == [], "nothing was dropped by its own announcement"
    for cache in (here, there):
        await cache.close()


async def test_a_cancelled_replacement_drops_the_copy_of_its_author_when_it_is_done(
    own_redis: RedisServer,
) -> None:
    cache = RedisCache(own_redis.url, prefix="p:", bounds=PATIENT)
    async with following(cache) as author:
        epoch = await cache.epoch("a")
        own_redis.pause(signal.SIGSTOP)
        replacing = asyncio.create_task(cache.replace("a", b"1", 60, epoch, new_epoch(), author))
        await asyncio.sleep(0)
        replacing.cancel()
        assert isinstance(
            (await asyncio.gather(replacing, return_exceptions=True))[0], asyncio.CancelledError
        )
        assert author.calls.empty()
        own_redis.pause(signal.SIGCONT)
        assert await author.until("drop a") == []
        assert await cache.get("a") == b"1"
    await cache.close()


async def test_concurrent_calls_share_connections(own_redis: RedisServer) -> None:
    cache = RedisCache(own_redis.url, prefix="p:", bounds=PATIENT)
    await cache.set("a", b"1", 60)
    assert await asyncio.gather(*(cache.get(key) for key in "ab" * 20)) == [b"1", None] * 20
    async with Redis.from_url(own_redis.url) as operator:
        assert (await operator.info("clients"))["connected_clients"] <= 3
    await cache.close()


async def test_announcements_of_an_earlier_version_drop_copies(redis_url: str, redis_namespace: str) -> None:
    cache = RedisCache(redis_url, prefix=redis_namespace, bounds=PATIENT)
    connection = RedisConnection(redis_address(redis_url), PATIENT, redis_namespace)
    async with following(cache) as copies, connection.operation("PUBLISH") as redis:
        await redis.publish(f"{redis_namespace}invalidated", pack(["a", "b"]))
        await copies.until("drop a,b")
    for each in (cache, connection):
        await each.close()


@pytest.mark.parametrize("garbage", [b"", b"\xff", b"\x91\xa2\xff\xfe", b"\x91\xc0", pack([""] * 20_001)])
async def test_unreadable_announcements_are_logged_once_and_drop_nothing(
    redis_url: str, redis_namespace: str, garbage: bytes
) -> None:
    cache = RedisCache(redis_url, prefix=redis_namespace, bounds=PATIENT)
    connection = RedisConnection(redis_address(redis_url), PATIENT, redis_namespace)
    with capture_logs() as logged:
        async with following(cache) as copies, connection.operation("PUBLISH") as redis:
            for _ in range(3):
                await redis.publish(f"{redis_namespace}invalidated", garbage)
            await redis.publish(f"{redis_namespace}invalidated", pack(["a"]))
            assert await copies.until("drop a") == []
    assert [line["event"] for line in logged] == ["unreadable messages about invalidations are ignored"]
    for each in (cache, connection):
        await each.close()


async def test_own_copies_are_dropped_although_redis_is_down(own_redis: RedisServer) -> None:
    cache = RedisCache(own_redis.url, prefix="p:", bounds=PATIENT)
    async with following(cache) as copies:
        own_redis.stop()
        with pytest.raises(CacheUnavailable):
            await cache.invalidate(["a"])
        await copies.until("drop a")
    await cache.close()


async def test_reads_during_a_failed_invalidation_leave_no_copies(
    own_redis: RedisServer,
) -> None:
    cache = RedisCache(own_redis.url, prefix="p:", bounds=RedisBounds(read_seconds=30, total_seconds=0.2))
    async with following(cache) as copies:
        own_redis.pause(signal.SIGSTOP)
        invalidating = asyncio.create_task(cache.invalidate(["a"]))
        await copies.until("drop a")
        copies.last = "read"
        with pytest.raises(CacheUnavailable):
            await invalidating
        await copies.until("drop a")
        own_redis.pause(signal.SIGCONT)
    await cache.close()


async def test_all_copies_are_dropped_when_the_connection_ends_and_kept_again_later(
    own_redis: RedisServer,
) -> None:
    cache = RedisCache(own_redis.url, prefix="p:", bounds=RedisBounds(probe_seconds=0.05))
    async with following(cache) as copies:
        own_redis.stop()
        await copies.until("stop")
        own_redis.start()
        await copies.until("start")
        await cache.invalidate(["a"])
        await copies.until("drop a")
    await cache.close()


async def test_repeated_invalidations_drop_own_copies(own_redis: RedisServer) -> None:
    """A copy of what a replica had that became the server."""
    cache = RedisCache(own_redis.url, prefix="p:", bounds=RedisBounds(probe_seconds=0.05))
    async with following(cache) as copies:
        await cache.invalidate(["a"])
        await copies.until("drop a")
        own_redis.stop()
        with pytest.raises(CacheUnavailable):
            await cache.get("a")
        own_redis.start()
        await copies.until("drop a")
    await cache.close()


async def test_all_copies_are_dropped_when_messages_cease_although_redis_answers(
    own_redis: RedisServer, redis_url: str
) -> None:
    """As after a failover that only the subscription has missed."""
    written = RedisConnection(redis_address(redis_url), PATIENT, "p:")
    subscribed = RedisConnection(redis_address(own_redis.url), PATIENT, "p:")
    invalidations = RedisInvalidations(subscribed, "p:", beat_seconds=0.05, silence_seconds=0.3)
    async with following(invalidations) as copies:
        subscribed.redis = written.redis
        await copies.until("stop")
    await subscribed.close()
    await written.close()


async def test_a_redis_that_hangs_keeps_no_copies(own_redis: RedisServer) -> None:
    connection = RedisConnection(redis_address(own_redis.url), RedisBounds(probe_seconds=0.05), "p:")
    invalidations = RedisInvalidations(connection, "p:", beat_seconds=0.05, silence_seconds=0.3)
    async with following(invalidations) as copies:
        own_redis.pause(signal.SIGSTOP)
        await copies.until("stop")
        own_redis.pause(signal.SIGCONT)
        await copies.until("start")
    await connection.close()


async def test_a_user_without_channels_invalidates_all_the_same(own_redis: RedisServer) -> None:
    admin = RedisCache(own_redis.url, prefix="p:", bounds=PATIENT)
    connection = RedisConnection(redis_address(own_redis.url), PATIENT, "p:")
    async with connection.operation("ACL") as redis:
        await redis.acl_setuser(
            "quiet",
            enabled=True,
            passwords=["+x"],
            categories=["+@all"],
            keys=["*"],
            reset_channels=True,
        )
    quiet = RedisCache(own_redis.url.replace("//", "//quiet:x@"), prefix="p:", bounds=PATIENT)
    await admin.set("a", b"1", 60)
    assert not await quiet.replace("a", b"2", 60, b"0", new_epoch(), RecordedCopies())
    assert await admin.get("a") == b"1"
    with capture_logs() as logged:
        await quiet.invalidate(["a"])
    [warning] = logged
    assert str(warning["reason"]).startswith("this user has no permissions"), (
        "and not what was to be published"
    )
    assert await admin.get("a") is None
    task = asyncio.create_task(quiet.follow(copies := RecordedCopies()))
    await copies.until("stop")
    assert copies.last == "stop"
    assert await quiet.get("a") is None, "Redis is used for everything else"
    async with connection.operation("ACL") as redis, following(admin) as others:
        await redis.acl_setuser("quiet", enabled=True, channels=["*"], reset_keys=False)
        await quiet.invalidate(["a"])
        await others.until("drop a")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    for each in (admin, quiet, connection):
        await each.close()
