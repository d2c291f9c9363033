"""Shared cache in Redis. Every wait is bounded."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from adapters.cache.port import CacheEntry, CacheUnavailable, validate_ttl

_EPOCH_SECONDS = 3600
"""Lifetime of an invalidation counter, far longer than loading a value takes."""

_SET_AT_EPOCH = """
if (redis.call('GET', KEYS[2]) or '0') == ARGV[3] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
"""


@dataclass(frozen=True, slots=True)
class RedisBounds:
    """Limits on time and connections.

    Attributes:
        connect_seconds: timeout for opening a connection.
        read_seconds: timeout for one answer.
        total_seconds: timeout for a whole operation, with waiting for a connection and one reconnect.
        max_connections: open connections. Further operations wait for a free one.
    """

    connect_seconds: float = 0.5
    read_seconds: float = 0.5
    total_seconds: float = 1.0
    max_connections: int = 50


class RedisCache:
    """Cache in Redis, below a prefix of its own."""

    def __init__(self, url: str, *, prefix: str, bounds: RedisBounds | None = None) -> None:
        """Creates the connection pool. It connects on first use.

        Args:
            url: `redis://`, `rediss://` or `unix://`, as redis-py reads it.
            prefix: prefix of every key.
            bounds: limits on time and connections.
        """
        limits = bounds or RedisBounds()
        self._prefix = prefix
        self._total_seconds = limits.total_seconds
        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=limits.max_connections,
            timeout=limits.total_seconds,
            socket_connect_timeout=limits.connect_seconds,
            socket_timeout=limits.read_seconds,
            # An idle connection may be dead although Redis is up, so that one retry is needed.
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        )
        self._redis = Redis(connection_pool=self._pool)
        self._set_at_epoch = self._redis.register_script(_SET_AT_EPOCH)

    async def get(self, key: str) -> bytes | None:
        """See `Cache.get`."""
        async with self._bounded("GET"):
            # Only a client with `decode_responses` returns str, and this one has it off.
            return cast("bytes | None", await self._redis.get(self._prefix + key))

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        """See `Cache.set`."""
        milliseconds = round(validate_ttl(ttl_seconds) * 1000)
        async with self._bounded("SET"):
            await self._redis.set(self._prefix + key, value, px=milliseconds)

    async def epoch(self, key: str) -> int:
        """See `Cache.epoch`."""
        async with self._bounded("GET"):
            return int(await self._redis.get(self._epoch_key(key)) or 0)

    async def set_unless_invalidated(self, key: str, value: bytes, ttl_seconds: float, epoch: int) -> None:
        """See `Cache.set_unless_invalidated`."""
        milliseconds = round(validate_ttl(ttl_seconds) * 1000)
        keys = [self._prefix + key, self._epoch_key(key)]
        async with self._bounded("EVAL"):
            await self._set_at_epoch(keys=keys, args=[value, milliseconds, epoch])

    async def invalidate(self, keys: Sequence[str]) -> None:
        """See `Cache.invalidate`. Takes one round trip."""
        async with self._bounded("DEL"), self._redis.pipeline(transaction=True) as pipeline:
            for key in keys:
                pipeline.incr(self._epoch_key(key))
                pipeline.expire(self._epoch_key(key), _EPOCH_SECONDS)
                pipeline.delete(self._prefix + key)
            await pipeline.execute()

    async def evaluate(
        self, script: str, keys: Sequence[str], arguments: Sequence[int], read_ahead: str | None
    ) -> tuple[object, CacheEntry | None]:
        """Runs a script and reads one entry, in one round trip.

        Args:
            script: Lua source.
            keys: keys of this cache, without the prefix.
            arguments: arguments of the script.
            read_ahead: key of the entry, if one is read.

        Returns:
            The script's answer, and the entry.

        Raises:
            CacheUnavailable: Redis did not answer in time, or refused.
        """
        names = [self._prefix + key for key in keys]
        async with self._bounded("EVAL"), self._redis.pipeline(transaction=False) as pipeline:
            # EVALSHA would fail after a restart of Redis, and checking for the script costs a round trip.
            pipeline.eval(script, len(names), *names, *map(str, arguments))
            if read_ahead is not None:
                pipeline.get(self._prefix + read_ahead)
            answer = await pipeline.execute()
        return answer[0], None if read_ahead is None else CacheEntry(read_ahead, answer[1])

    async def close(self) -> None:
        """See `Cache.close`."""
        async with self._bounded("close"):
            await self._pool.aclose()

    def _epoch_key(self, key: str) -> str:
        # A digest, because the counter outlives the entry and must not hold a shopper's id.
        digest = hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=16).hexdigest()
        return f"{self._prefix}epoch:{digest}"

    def _bounded(self, operation: str) -> AbstractAsyncContextManager[None]:
        return bounded_operation(operation, self._total_seconds)


@asynccontextmanager
async def bounded_operation(operation: str, seconds: float) -> AsyncIterator[None]:
    """Limits an operation to `seconds` and translates the errors of redis-py.

    Raises:
        CacheUnavailable: the operation failed or took too long.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise CacheUnavailable(f"Redis {operation} took longer than {seconds:g} s") from error
    except (RedisError, OSError) as error:
        raise CacheUnavailable(f"Redis {operation} failed: {error or type(error).__name__}") from error
