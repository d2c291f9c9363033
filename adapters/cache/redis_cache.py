"""Shared cache in Redis."""

import asyncio
import hashlib
import time
from collections.abc import Sequence
from itertools import chain, islice
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError

from adapters.cache.port import CacheEntry, CacheUnavailable, Copies, new_epoch, validate_ttl
from adapters.cache.recent_keys import RecentKeys
from adapters.cache.redis_addresses import redis_address
from adapters.cache.redis_connection import RedisBounds, RedisConnection, reason_of
from adapters.cache.redis_invalidations import RedisInvalidations
from adapters.joined_calls import JoinedCalls

MAX_VALUE_BYTES = 4 * 1024 * 1024
"""A larger value is neither stored nor read. It would block Redis and this process for others."""

_EPOCH_SECONDS = 3600
"""Lifetime of an invalidation counter, far longer than loading a value takes."""

_EPOCH_BYTES = 64
_NO_EPOCH = b"0"

_AT_EPOCH = f"""
local epoch = redis.pcall('GETRANGE', KEYS[2], 0, {_EPOCH_BYTES - 1})
if type(epoch) ~= 'string' or epoch == '' then epoch = '0' end
if epoch ~= ARGV[3] then return 0 end
"""
_SET = "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) return 1"
_SET_AT_EPOCH = _AT_EPOCH + _SET
_REPLACE_AT_EPOCH = f"""{_AT_EPOCH}
local announced = redis.pcall('PUBLISH', ARGV[5], ARGV[6])
if type(announced) ~= 'number' then return 0 end
redis.call('SET', KEYS[2], ARGV[4], 'EX', {_EPOCH_SECONDS})
{_SET}
"""
"""Does nothing if it may not publish."""

_CONCURRENT_RUNS = 4
_MAX_JOINED = 50
"""Calls of one round trip. A large value delays those that share it."""

_Command = tuple[str | bytes | int, ...]

_REPLAY_SECONDS = 10.0
_MAX_REPLAYED = 10_000


class RedisCache:
    """Cache in Redis, below a prefix of its own.

    A value that Redis cannot read as one, or that is too large, is absent.
    """

    def __init__(self, url: str, *, prefix: str, bounds: RedisBounds | None = None) -> None:
        """Creates the connection pool. It connects on first use.

        Args:
            url: see `redis_address`.
            prefix: prefix of every key.
            bounds: limits on time and connections.

        Raises:
            ValueError: see `redis_address`.
        """
        self._prefix = prefix
        self._invalidated = RecentKeys(_REPLAY_SECONDS, _MAX_REPLAYED)
        bounds = bounds or RedisBounds()
        self._connection = RedisConnection(redis_address(url), bounds, prefix, self._repeat_invalidations)
        self._invalidations = RedisInvalidations(
            self._connection, prefix, silence_seconds=bounds.silence_seconds
        )
        self._announced = True
        self._calls = JoinedCalls[Sequence[_Command], list[Any]](
            self._send, _are_few, lambda error: isinstance(error, CacheUnavailable), _CONCURRENT_RUNS
        )

    async def get(self, key: str) -> bytes | None:
        """See `Cache.get`."""
        return await self._read(self._prefix + key, MAX_VALUE_BYTES)

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        """See `Cache.set`."""
        milliseconds = round(validate_ttl(ttl_seconds) * 1000)
        async with self._connection.operation("SET") as redis:
            if len(value) > MAX_VALUE_BYTES:
                await redis.delete(self._prefix + key)
            else:
                await redis.set(self._prefix + key, value, px=milliseconds)

    async def epoch(self, key: str) -> bytes:
        """See `Cache.epoch`."""
        return await self._read(self._epoch_key(key), _EPOCH_BYTES - 1) or _NO_EPOCH

    async def set_unless_invalidated(self, key: str, value: bytes, ttl_seconds: float, epoch: bytes) -> None:
        """See `Cache.set_unless_invalidated`."""
        milliseconds = round(validate_ttl(ttl_seconds) * 1000)
        if len(value) > MAX_VALUE_BYTES:
            return
        keys = [self._prefix + key, self._epoch_key(key)]
        await self._ask([("EVAL", _SET_AT_EPOCH, 2, *keys, value, milliseconds, epoch)])

    async def replace(
        self, key: str, value: bytes, ttl_seconds: float, epoch: bytes, next_epoch: bytes, author: Copies
    ) -> bool:
        """See `Cache.replace`.

        Does nothing with a value that is too large, or as a user who may not publish.
        """
        milliseconds = round(validate_ttl(ttl_seconds) * 1000)
        if len(value) > MAX_VALUE_BYTES:
            return False
        keys = [self._prefix + key, self._epoch_key(key)]
        channel, message = self._invalidations.announcement([key])
        arguments = value, milliseconds, epoch, next_epoch, channel, message
        try:
            call = self._ask([("EVAL", _REPLACE_AT_EPOCH, 2, *keys, *arguments)])
            (replaced,) = await asyncio.shield(call)
        except asyncio.CancelledError:
            # It may still be done. Whoever reads the old value until then must not keep it.
            call.add_done_callback(lambda done: self._drop_after(done, key))
            raise
        finally:
            self._invalidations.drop([key], author)
        if replaced:
            self._invalidated.add([key])
        return bool(replaced)

    async def invalidate(self, keys: Sequence[str]) -> None:
        """See `Cache.invalidate`. Takes one round trip."""
        self._invalidations.drop(keys)
        try:
            async with self._connection.operation("DEL") as redis:
                await self._invalidate(redis, keys)
        finally:
            self._invalidations.drop(keys)  # A copy of what was read in between.
        self._invalidated.add(keys)

    async def follow(self, copies: Copies) -> None:
        """See `Cache.follow`.

        A copy may outlive an invalidation by milliseconds, and by seconds while the network loses messages.
        """
        await self._invalidations.follow(copies)

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
        names, asked_at = [self._prefix + key for key in keys], time.monotonic()
        commands: list[_Command] = [("EVAL", script, len(names), *names, *arguments)]
        if read_ahead is not None:
            commands.append(("GETRANGE", self._prefix + read_ahead, 0, MAX_VALUE_BYTES))
        answer, *entries = await self._ask(commands)
        entry = CacheEntry(read_ahead, _value(entries[0]), asked_at) if read_ahead is not None else None
        return answer, entry

    async def check(self) -> None:
        """See `RedisConnection.check`."""
        await self._connection.check()

    async def close(self) -> None:
        """See `Cache.close`."""
        await self._connection.close()

    async def _read(self, name: str, last: int) -> bytes | None:
        (answer,) = await self._ask([("GETRANGE", name, 0, last)])
        return _value(answer)

    def _ask(self, commands: Sequence[_Command]) -> "asyncio.Future[list[Any]]":
        """Sends commands together with those of concurrent requests.

        Raises:
            CacheUnavailable: Redis is left alone.
        """
        self._connection.admit()
        return self._calls.submit(commands)

    async def _send(self, calls: Sequence[Sequence[_Command]]) -> list[list[Any]]:
        """The answers to the commands of each call, all in one round trip.

        Raises:
            CacheUnavailable: Redis did not answer in time, or refused a command.
        """
        commands = list(chain.from_iterable(calls))
        names = ", ".join(sorted({str(command[0]) for command in commands}))
        async with (
            self._connection.operation(names) as redis,
            redis.pipeline(transaction=False) as pipeline,
        ):
            for command in commands:
                # EVALSHA would fail after a restart of Redis, and checking for the script costs a round trip.
                pipeline.execute_command(*command)
            found = await pipeline.execute(raise_on_error=False)
            for command, answer in zip(commands, found, strict=True):
                if isinstance(answer, Exception) and not _is_absent(command, answer):
                    raise answer
        answers = iter(found)
        return [list(islice(answers, len(call))) for call in calls]

    def _drop_after(self, ended: "asyncio.Future[list[Any]]", key: str) -> None:
        if not ended.cancelled():
            ended.exception()
        self._invalidations.drop([key])

    async def _invalidate(self, redis: Redis, keys: Sequence[str]) -> None:
        try:
            await self._remove(redis, keys, announced=True)
        except NoPermissionError as error:
            # Tried each time: once the permission is granted, other processes keep copies.
            await self._remove(redis, keys, announced=False)
            if self._announced:
                structlog.get_logger("adapters").warning(
                    "invalidations are not announced", reason=reason_of(error)
                )
            self._announced = False
        else:
            self._announced = True

    async def _remove(self, redis: Redis, keys: Sequence[str], *, announced: bool) -> None:
        async with redis.pipeline(transaction=True) as pipeline:
            for key in keys:
                pipeline.set(self._epoch_key(key), new_epoch(), ex=_EPOCH_SECONDS)
                pipeline.delete(self._prefix + key)
            if announced:
                pipeline.publish(*self._invalidations.announcement(keys))
            await pipeline.execute()

    async def _repeat_invalidations(self, redis: Redis) -> None:
        """Repeats recent invalidations, which a failover may have lost."""
        keys = list(self._invalidated)
        await self._invalidate(redis, keys)
        self._invalidations.drop(keys)

    def _epoch_key(self, key: str) -> str:
        # A digest, because the counter outlives the entry and must not hold a shopper's id.
        digest = hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=16).hexdigest()
        return f"{self._prefix}epoch:{digest}"


def _are_few(calls: Sequence[Sequence[_Command]], _call: Sequence[_Command]) -> bool:
    return len(calls) < _MAX_JOINED


def _is_absent(command: _Command, answer: Exception) -> bool:
    """True if the key holds another Redis type, which counts as absent."""
    return command[0] == "GETRANGE" and str(answer).startswith("WRONGTYPE")


def _value(answer: object) -> bytes | None:
    """The value in an answer to GETRANGE, if it is one.

    An empty value, and one that is too large, count as absent.
    """
    return answer if isinstance(answer, bytes) and 0 < len(answer) <= MAX_VALUE_BYTES else None
