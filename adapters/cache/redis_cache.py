"""The shared cache: Redis, with every wait bounded."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from adapters.cache.port import CacheUnavailable, checked_ttl

_EPOCH_SECONDS = 3600
"""Far longer than anything that is read to be cached takes to be read."""

_SET_AT_EPOCH = """
if (redis.call('GET', KEYS[2]) or '0') == ARGV[3] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
"""


_read_ahead: ContextVar[tuple[str, bytes | None] | None] = ContextVar("read_ahead", default=None)
"""Key and value that this task has read already and will ask for next."""


@dataclass(frozen=True, slots=True)
class RedisBounds:
    """Limits on talking to Redis.

    Attributes:
        connect_seconds: until a connection stands.
        read_seconds: until an answer arrives.
        total_seconds: for one operation with everything in it: waiting for a connection, one reconnect.
        max_connections: open at the same time; further operations wait for one to become free.
    """

    connect_seconds: float = 0.5
    read_seconds: float = 0.5
    total_seconds: float = 1.0
    max_connections: int = 50


class RedisCache:
    """A cache in Redis, under a prefix of its own."""

    def __init__(self, url: str, *, prefix: str, bounds: RedisBounds | None = None) -> None:
        """Connects on first use.

        Args:
            url: `redis://`, `rediss://` or `unix://`, as redis-py reads it.
            prefix: put before every key.
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
            # A pooled connection may have died while idle: one retry finds out whether Redis has.
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        )
        self._redis = Redis(connection_pool=self._pool)
        self._set_at_epoch = self._redis.register_script(_SET_AT_EPOCH)

    async def get(self, key: str) -> bytes | None:
        """See `Cache.get`; what `evaluate` has just read ahead needs no round trip, once."""
        ahead = _read_ahead.get()
        if ahead is not None and ahead[0] == self._prefix + key:
            _read_ahead.set(None)
            return ahead[1]
        async with self._translated("GET"):
            # str comes only from clients that decode, which this one does not.
            return cast("bytes | None", await self._redis.get(self._prefix + key))

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        """See `Cache.set`."""
        milliseconds = round(checked_ttl(ttl_seconds) * 1000)
        async with self._translated("SET"):
            await self._redis.set(self._prefix + key, value, px=milliseconds)

    async def delete(self, key: str) -> None:
        """See `Cache.delete`."""
        async with self._translated("DEL"):
            await self._redis.delete(self._prefix + key)

    async def epoch(self, key: str) -> int:
        """See `Cache.epoch`."""
        async with self._translated("GET"):
            return int(await self._redis.get(self._epoch_key(key)) or 0)

    async def set_unless_invalidated(self, key: str, value: bytes, ttl_seconds: float, epoch: int) -> None:
        """See `Cache.set_unless_invalidated`."""
        milliseconds = round(checked_ttl(ttl_seconds) * 1000)
        keys = [self._prefix + key, self._epoch_key(key)]
        async with self._translated("EVAL"):
            await self._set_at_epoch(keys=keys, args=[value, milliseconds, epoch])

    async def invalidate(self, keys: Sequence[str]) -> None:
        """See `Cache.invalidate`; one round trip for all."""
        async with self._translated("DEL"), self._redis.pipeline(transaction=True) as pipeline:
            for key in keys:
                pipeline.incr(self._epoch_key(key))
                pipeline.expire(self._epoch_key(key), _EPOCH_SECONDS)
                pipeline.delete(self._prefix + key)
            await pipeline.execute()

    async def evaluate(
        self, script: str, keys: Sequence[str], arguments: Sequence[int], read_ahead: str | None
    ) -> object:
        """Runs a script over keys of this cache, and reads the entry that this task asks for next, in one round trip.

        Raises:
            CacheUnavailable: Redis did not answer in time, or refused.
        """
        names = [self._prefix + key for key in keys]
        async with self._translated("EVAL"), self._redis.pipeline(transaction=False) as pipeline:
            # The text, not its digest: a server that was restarted knows no script, and asking costs a round trip.
            pipeline.eval(script, len(names), *names, *map(str, arguments))
            if read_ahead is not None:
                pipeline.get(self._prefix + read_ahead)
            answer = await pipeline.execute()
        if read_ahead is not None:
            _read_ahead.set((self._prefix + read_ahead, answer[1]))
        return answer[0]

    async def close(self) -> None:
        """See `Cache.close`."""
        async with self._translated("close"):
            await self._pool.aclose()

    def _epoch_key(self, key: str) -> str:
        # By digest: a shopper's id must not outlive the shopper's entry.
        digest = hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=16).hexdigest()
        return f"{self._prefix}epoch:{digest}"

    @asynccontextmanager
    async def _translated(self, operation: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._total_seconds):
                yield
        except TimeoutError as error:
            raise CacheUnavailable(f"Redis {operation} took longer than {self._total_seconds:g} s") from error
        except (RedisError, OSError) as error:
            raise CacheUnavailable(f"Redis {operation} failed: {error or type(error).__name__}") from error
