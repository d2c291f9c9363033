"""The shared cache: Redis, with every wait bounded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from adapters.cache.port import CacheUnavailable, checked_ttl


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

    async def get(self, key: str) -> bytes | None:
        """See `Cache.get`."""
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

    async def close(self) -> None:
        """See `Cache.close`."""
        async with self._translated("close"):
            await self._pool.aclose()

    @asynccontextmanager
    async def _translated(self, operation: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._total_seconds):
                yield
        except TimeoutError as error:
            raise CacheUnavailable(f"Redis {operation} took longer than {self._total_seconds:g} s") from error
        except (RedisError, OSError) as error:
            raise CacheUnavailable(f"Redis {operation} failed: {error or type(error).__name__}") from error
