"""Redis behind a Sentinel, and modes of Redis that cannot be used."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing, contextmanager

import pytest
import redis.asyncio

from adapters.cache import CacheUnavailable, RedisCache, UnsupportedRedis
from service.__main__ import main
from tests.support.builders.storage.redis_bounds import PATIENT
from tests.support.servers.redis_server import RedisServer

pytestmark = pytest.mark.anyio


@contextmanager
def started(server: RedisServer) -> Iterator[RedisServer]:
    with closing(server):
        server.start()
        yield server


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.05)


@pytest.fixture
def replicated() -> Iterator[tuple[RedisServer, RedisServer, RedisServer]]:
    """A server, its replica, and their Sentinel."""
    with started(RedisServer()) as server:
        follows = ("--replicaof", "127.0.0.1", str(server.port), "--repl-diskless-sync-delay", "0")
        with (
            started(RedisServer(*follows)) as replica,
            started(RedisServer(sentinel_of=server.port)) as sentinel,
        ):
            yield server, replica, sentinel


@pytest.fixture
async def cache(
    replicated: tuple[RedisServer, RedisServer, RedisServer], free_port: int
) -> AsyncIterator[RedisCache]:
    """A cache that knows two Sentinels. The first one is down."""
    _, replica, sentinel = replicated
    async with (
        redis.asyncio.Redis(port=replica.port) as client,
        redis.asyncio.Redis(port=sentinel.port) as watch,
    ):

        async def ready() -> bool:
            synchronized = (await client.info("replication"))["master_link_status"] == "up"
            return synchronized and len(await watch.sentinel_slaves("main")) == 1

        await eventually(ready)
    url = f"redis+sentinel://127.0.0.1:{free_port},127.0.0.1:{sentinel.port}/main"
    cache = RedisCache(url, prefix="p:", bounds=PATIENT)
    yield cache
    await cache.close()


async def test_cache_follows_a_failover(
    replicated: tuple[RedisServer, RedisServer, RedisServer], cache: RedisCache
) -> None:
    server, replica, _ = replicated
    await cache.check()
    await asyncio.gather(*(cache.set(str(number), b"1", 60) for number in range(20)))
    server.stop()

    async def written() -> bool:
        try:
            await cache.invalidate(["0"])
        except CacheUnavailable:
            return False
        return True

    await eventually(written)
    await cache.set("after", b"2", 60)
    async with redis.asyncio.Redis(port=replica.port) as promoted:
        assert await promoted.get("p:after") == b"2"
        assert await promoted.get("p:0") is None


ISSUERS = '[{"issuer": "https://i.test", "jwks_url": "https://i.test/jwks"}]'


async def test_the_first_line_has_the_format_of_the_log(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Redis is checked before anything else starts."""
    async with redis.asyncio.Redis(port=own_redis.port) as client:
        await client.acl_setuser(
            "quiet", enabled=True, passwords=["+x"], categories=["+@all"], keys=["*"], reset_channels=True
        )
    monkeypatch.setenv("SERVICE_ISSUERS", ISSUERS)
    monkeypatch.setenv("SERVICE_REDIS_URL", own_redis.url.replace("//", "//quiet:x@"))
    monkeypatch.setenv("SERVICE_SNAPSHOT_SIGNING_KEY_FILES", "/no/key")
    monkeypatch.setenv("SERVICE_LOG_FORMAT", "json")
    assert await asyncio.to_thread(main, ["serve"]) == 2
    first, *_ = capsys.readouterr().err.splitlines()
    assert json.loads(first)["event"] == "invalidations are not announced"


@pytest.mark.parametrize("mode", ["cluster", "sentinel"])
async def test_another_mode_is_rejected_at_the_start(
    mode: str, own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = (
        RedisServer("--cluster-enabled", "yes")
        if mode == "cluster"
        else RedisServer(sentinel_of=own_redis.port)
    )
    with started(other):
        monkeypatch.setenv("SERVICE_ISSUERS", ISSUERS)
        monkeypatch.setenv("SERVICE_REDIS_URL", other.url)
        assert await asyncio.to_thread(main, ["serve"]) == 2
        assert "SERVICE_REDIS_URL: " in capsys.readouterr().err
        cache = RedisCache(other.url, prefix="p:", bounds=PATIENT)
        with pytest.raises(UnsupportedRedis, match=mode.capitalize() if mode == "sentinel" else mode):
            await cache.check()
        with pytest.raises(CacheUnavailable):
            await cache.set("a", b"1", 60)

        async def said() -> bool:
            try:
                await cache.get("a")
            except CacheUnavailable as error:
                return mode in str(error).lower()
            return False

        await eventually(said)
        await cache.close()
