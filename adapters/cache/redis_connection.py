"""Connections to Redis behind a circuit breaker."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import structlog
from redis import exceptions
from redis.asyncio import Connection, ConnectionPool, Redis, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff

from adapters.cache.port import CacheUnavailable
from adapters.cache.redis_addresses import RedisAddress
from adapters.cancellation import cancel_all, run_to_end
from adapters.certificates import with_remedy
from adapters.urls import without_secrets

REDIS_ERRORS = (
    exceptions.RedisError,
    # Not derived from RedisError.
    exceptions.RedisClusterException,
    exceptions.ChildDeadlockedError,
    exceptions.IncorrectPolicyType,
    OSError,
    EOFError,
    UnicodeError,
)
"""Everything that redis-py raises."""

PROBE_KEY = "probe"
_PROBE_MILLISECONDS = 1000
_OF_PIPELINE = re.compile(
    r"^Command # \d+ \(.*\) of pipeline caused error: (?:\(['\"])?(.*?)(?:['\"],\))?$", re.DOTALL
)
_CLOSED = "the connection to Redis is closed"
_MODES = {
    "cluster": "Redis runs in cluster mode, which is not supported. Use one server, or Sentinel",
    "sentinel": "this is a Sentinel. Write redis+sentinel://sentinel:26379/name",
}


class UnsupportedRedis(Exception):
    """The server runs in a mode that cannot be used."""


@dataclass(frozen=True, slots=True)
class RedisBounds:
    """Limits on time and connections.

    Attributes:
        connect_seconds: timeout for opening a connection.
        read_seconds: timeout for one answer.
        total_seconds: timeout for a whole operation, with waiting for a connection and one reconnect.
        probe_seconds: time between two probes of a Redis that fails.
        max_connections: open connections. Further operations wait for a free one.
        silence_seconds: time without a message after which invalidations may have been missed.
    """

    connect_seconds: float = 0.5
    read_seconds: float = 0.25
    total_seconds: float = 0.75
    probe_seconds: float = 0.5
    max_connections: int = 50
    silence_seconds: float = 2.5


class RedisConnection:
    """Runs bounded operations on Redis, with a circuit breaker.

    The first failure opens the circuit: Redis is left alone until a probe in the background succeeds. It ends all
    running operations, so that a Redis that hangs costs each of them one timeout at most. Later ones fail at once. The
    probe writes, so that a read-only or full Redis is left alone too.

    Args:
        address: address of the server or its Sentinels.
        bounds: limits on time and connections.
        prefix: prefix of the key that a probe writes.
        on_return: called with the client after a successful probe, before operations are admitted again.
    """

    def __init__(
        self,
        address: RedisAddress,
        bounds: RedisBounds,
        prefix: str,
        on_return: Callable[[Redis], Awaitable[None]] | None = None,
    ) -> None:
        self._address = address
        self._bounds = bounds
        self._probe_key = prefix + PROBE_KEY
        self._on_return = on_return
        self._sentinel = _sentinel(address, bounds)
        self._pool = _pool(address, bounds, self._sentinel)
        self.redis = Redis(connection_pool=self._pool)
        self._free = asyncio.Semaphore(bounds.max_connections)
        self._running: set[asyncio.Timeout] = set()
        self._failure: str | None = None
        self._probing: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def operation(self, name: str) -> AsyncIterator[Redis]:
        """Bounds an operation and translates the errors of redis-py.

        Raises:
            CacheUnavailable: the operation failed or took too long, Redis is left alone, or this is closed.
        """
        self.admit()
        try:
            async with asyncio.timeout(self._bounds.total_seconds) as bound:
                self._running.add(bound)
                try:
                    async with self._free:
                        self.admit()  # It may have been closed meanwhile.
                        yield self.redis
                finally:
                    self._running.discard(bound)
        except (TimeoutError, *REDIS_ERRORS) as error:
            reason = f"Redis {name} failed: {reason_of(error)}"
            self._leave_alone(reason)
            raise CacheUnavailable(reason) from error

    def admit(self) -> None:
        """Raises CacheUnavailable while the circuit is open, and after closing."""
        if self._failure is not None:
            raise CacheUnavailable(self._failure)

    @asynccontextmanager
    async def subscriber(self) -> AsyncIterator[Redis]:
        """A client with one connection of its own, for a subscription.

        It raises the errors of redis-py, and never reconnects by itself.

        Raises:
            CacheUnavailable: Redis is left alone.
        """
        self.admit()
        pool = _pool(self._address, self._bounds, self._sentinel)
        pool.connection_kwargs["retry"] = Retry(NoBackoff(), 0)
        try:
            yield Redis(connection_pool=pool)
        finally:
            await run_to_end(pool.aclose())

    async def close(self) -> None:
        """Ends the probe and all operations, and closes all connections.

        Raises:
            CacheUnavailable: they could not be closed in time.
        """
        self._end_operations(_CLOSED)  # First, so that none of them begins another probe.
        if self._probing is not None:
            await cancel_all([self._probing])
            self._failure = _CLOSED  # The probe may have noted something else.
        try:
            async with asyncio.timeout(self._bounds.total_seconds), AsyncExitStack() as places:
                # An operation that is still connecting would leave its connection open.
                for _ in range(self._bounds.max_connections):
                    await places.enter_async_context(self._free)
                await self._pool.aclose()
                if self._sentinel is not None:
                    await self._sentinel.aclose()
        except (TimeoutError, *REDIS_ERRORS) as error:
            raise CacheUnavailable(f"Redis close failed: {reason_of(error)}") from error

    async def check(self) -> None:
        """Writes and reads as the cache does.

        Raises:
            UnsupportedRedis: the server is in a mode that cannot be used.
            CacheUnavailable: the server cannot be used now.
        """
        try:
            async with asyncio.timeout(self._bounds.total_seconds):
                await _reject_mode(self.redis)
                await self.redis.set(self._probe_key, b"1", px=_PROBE_MILLISECONDS)
                if self._on_return is not None:
                    await self._on_return(self.redis)
        except (TimeoutError, *REDIS_ERRORS) as error:
            raise CacheUnavailable(f"Redis failed: {reason_of(error)}") from error

    def _leave_alone(self, reason: str) -> None:
        if self._failure is not None:
            return
        structlog.get_logger("adapters").warning("redis is left alone", reason=reason)
        self._end_operations(reason)
        self._probing = asyncio.create_task(self._probe())

    def _end_operations(self, reason: str) -> None:
        self._failure = reason
        for bound in self._running:
            if not bound.expired():  # at the same moment as the operation that failed
                bound.reschedule(asyncio.get_running_loop().time())

    async def _probe(self) -> None:
        """Probes Redis until it works. The first probe is immediate."""
        while True:
            try:
                await self.check()
            except (CacheUnavailable, UnsupportedRedis) as error:
                self._failure = str(error)
            except Exception as error:  # noqa: BLE001 - without a probe, Redis would be left alone until the end
                structlog.get_logger("adapters").exception("the probe of redis failed")
                self._failure = f"Redis failed: {reason_of(error)}"
            else:
                self._failure = None
                structlog.get_logger("adapters").warning("redis is used again")
                return
            await asyncio.sleep(self._bounds.probe_seconds)


async def _reject_mode(redis: Redis) -> None:
    try:
        server = await redis.info("server")
    except exceptions.ResponseError:
        return  # Some providers do not allow INFO.
    mode = str(server.get("redis_mode") or server.get("server_mode"))
    if mode in _MODES:
        raise UnsupportedRedis(_MODES[mode])


def reason_of(error: BaseException) -> str:
    """The reason of a failure, without secrets and values."""
    if isinstance(error, TimeoutError) and not str(error):
        return "no answer in time"
    if isinstance(error, exceptions.AskError):  # It names a slot and a server.
        return _MODES["cluster"]
    reason = without_secrets(_OF_PIPELINE.sub(r"\1", str(error))) or type(error).__name__
    return with_remedy(reason.removesuffix("."), "ssl_ca_certs")


def _limits(bounds: RedisBounds) -> dict[str, Any]:
    return {
        "socket_connect_timeout": bounds.connect_seconds,
        "socket_timeout": bounds.read_seconds,
        # An idle connection may be dead although Redis is up, so that one retry is needed.
        "retry": Retry(NoBackoff(), 1, supported_errors=(exceptions.ConnectionError,)),
    }


def _sentinel(address: RedisAddress, bounds: RedisBounds) -> Sentinel | None:
    if not address.sentinels:
        return None
    # They are asked one after the other, within the time of one operation.
    seconds = bounds.total_seconds / (len(address.sentinels) + 1)
    limits = {"socket_connect_timeout": seconds, "socket_timeout": seconds, "retry": Retry(NoBackoff(), 0)}
    return cast("Callable[..., Sentinel]", Sentinel)(
        address.sentinels, sentinel_kwargs={**address.sentinel_arguments, **limits}
    )


def _pool(address: RedisAddress, bounds: RedisBounds, sentinel: Sentinel | None) -> ConnectionPool:
    # One more than operations, for the probe.
    arguments = {**address.arguments, **_limits(bounds), "max_connections": bounds.max_connections + 1}
    if sentinel is not None:
        open_pool = cast("Callable[..., ConnectionPool]", SentinelConnectionPool)
        return open_pool(address.service_name, sentinel, ssl=address.tls, **arguments)
    kind: type[Connection] | type[UnixDomainSocketConnection]
    kind = UnixDomainSocketConnection if "path" in address.arguments else Connection
    return ConnectionPool(connection_class=SSLConnection if address.tls else kind, **arguments)
