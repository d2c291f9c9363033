"""Invalidations of a Redis cache, announced to all processes that keep copies."""

import asyncio
import secrets
from collections.abc import Collection, Coroutine, Sequence
from typing import Annotated

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError

from adapters.cache.port import CacheUnavailable, Copies
from adapters.cache.redis_connection import REDIS_ERRORS, RedisConnection, reason_of
from adapters.cancellation import cancel_all, run_to_end

BEAT_SECONDS = 1.0
"""Time between two messages that a process sends to itself."""

_Announced = Annotated[list[str], msgspec.Meta(max_length=20_000)]
"""Keys of one message. We send half as many at most. Millions would stop the process for seconds."""


class RedisInvalidations:
    """Publishes invalidated keys, and drops the copies that this process keeps of them.

    Copies are kept only while this process receives its own messages, which take the way of an invalidation: from the
    server that is written to, through the subscription. A connection that is lost without a word is thus noticed.

    Args:
        connection: to the server of the cache.
        prefix: prefix of the channels' names.
        silence_seconds: see `RedisBounds`. Then copies are dropped.
        beat_seconds: time between two messages to this process.
    """

    def __init__(
        self,
        connection: RedisConnection,
        prefix: str,
        *,
        silence_seconds: float,
        beat_seconds: float = BEAT_SECONDS,
    ) -> None:
        self._connection = connection
        self._channel = f"{prefix}invalidated"
        self._senders = f"{prefix}beat:"
        self._own_channel = f"{self._senders}{secrets.token_hex(8)}"
        self._beat_seconds = beat_seconds
        self._silence_seconds = silence_seconds
        self._followers: list[Copies] = []
        self._silent = False
        self._unreadable = False

    def drop(self, keys: Collection[str], author: Copies | None = None) -> None:
        """Drops this process's copies, except those of `author`."""
        for copies in self._followers:
            if copies is not author:
                copies.drop(keys)

    def announcement(self, keys: Sequence[str]) -> tuple[str, bytes]:
        """Channel and content of the message that other processes drop their copies by.

        The last string names this process, which drops its own copies by itself. Earlier versions send none, and take
        it for one more key.
        """
        return self._channel, msgspec.msgpack.encode([*keys, self._own_channel])

    async def follow(self, copies: Copies) -> None:
        """See `Cache.follow`."""
        self._followers.append(copies)
        try:
            while True:
                await self._follow_until_failure(copies)
                await asyncio.sleep(self._beat_seconds)
        finally:
            self._followers.remove(copies)
            copies.stop()

    async def _follow_until_failure(self, copies: Copies) -> None:
        try:
            async with self._connection.subscriber() as redis:
                await _first_failure(self._listen(redis, copies), self._beat())
        except (CacheUnavailable, TimeoutError, ValueError, *REDIS_ERRORS) as error:
            if not self._silent:
                self._silent = True
                structlog.get_logger("adapters").warning(
                    "invalidations are not received, so that nothing is kept in this process",
                    reason=reason_of(error),
                )
        finally:
            copies.stop()

    async def _listen(self, redis: Redis, copies: Copies) -> None:
        now = asyncio.get_running_loop().time
        async with redis.pubsub() as subscription:
            await subscription.subscribe(self._channel, self._own_channel)
            heard_at = now()
            while True:
                left = heard_at + self._silence_seconds - now()
                message = await subscription.get_message(timeout=max(left, 0.001))
                if message is None:
                    if now() >= heard_at + self._silence_seconds:
                        raise TimeoutError(f"no message within {self._silence_seconds:g} s")
                elif message["type"] == "subscribe":
                    copies.stop()  # After a reconnection, messages are missing.
                elif message["channel"] == self._channel.encode():
                    self._drop_announced(message["data"], copies)
                else:
                    heard_at = now()
                    copies.start()
                    self._silent = False

    def _drop_announced(self, content: bytes, copies: Copies) -> None:
        """Drops the copies that a message names.

        A message that no version of ours sends names none.
        """
        try:
            keys = msgspec.msgpack.decode(content, type=_Announced)
        except ValueError as error:
            if not self._unreadable:  # Once, because anyone who may publish can send thousands.
                structlog.get_logger("adapters").warning(
                    "unreadable messages about invalidations are ignored", reason=str(error)
                )
            self._unreadable = True
            return
        sender = keys.pop() if keys[-1:] and keys[-1].startswith(self._senders) else None
        if sender != self._own_channel:
            copies.drop(keys)

    async def _beat(self) -> None:
        while True:
            denied: NoPermissionError | None = None
            async with self._connection.operation("PUBLISH") as redis:
                try:
                    await redis.publish(self._own_channel, b"")
                except NoPermissionError as error:
                    denied = error
            if denied is not None:  # Redis works for everything else, and is not left alone.
                raise denied
            await asyncio.sleep(self._beat_seconds)


async def _first_failure(*work: Coroutine[None, None, None]) -> None:
    """Runs endless work until some of it fails, and raises its error.

    A task group would lose a cancellation that comes together with an error.
    """
    tasks = [asyncio.create_task(each) for each in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await run_to_end(cancel_all(tasks))
