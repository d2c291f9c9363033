"""Interface of a cache."""

import math
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class CacheUnavailable(Exception):
    """The cache did not answer in time, or refused.

    The message names the operation and the cause.
    """


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """An entry as it was read together with something else.

    Attributes:
        key: key of the entry.
        value: None if the entry is absent or expired.
        asked_at: time before it was read, in monotonic seconds. Its age for `Copies`.
    """

    key: str
    value: bytes | None
    asked_at: float = field(default=-math.inf, compare=False)


class Copies(Protocol):
    """A process's own copies of a cache's entries, in any form.

    A cache that is followed (`Cache.follow`) calls these methods.
    """

    def start(self) -> None:
        """Begins to keep copies: every invalidation will be reported from now on."""
        ...

    def drop(self, keys: Collection[str]) -> None:
        """Drops the copies of entries that a process invalidated."""
        ...

    def stop(self) -> None:
        """Drops all copies and keeps none: an invalidation may have been missed."""
        ...


class Cache(Protocol):
    """Bytes by key with a time to live.

    An entry may be evicted at any time.

    Every method raises CacheUnavailable, within a bounded time, when the cache cannot be reached.
    """

    async def get(self, key: str) -> bytes | None:
        """Returns the value, or None if it is absent, expired, empty or unreadable."""
        ...

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        """Stores `value` for `ttl_seconds`, replacing any earlier value.

        Raises:
            ValueError: `ttl_seconds` under a millisecond.
        """
        ...

    async def epoch(self, key: str) -> bytes:
        """Token that every invalidation of `key` changes.

        Read it before loading the value to cache.
        """
        ...

    async def set_unless_invalidated(self, key: str, value: bytes, ttl_seconds: float, epoch: bytes) -> None:
        """Stores `value` as `set` does, unless `key` was invalidated since `epoch`.

        A value that was loaded before a change is therefore never cached after it.
        """
        ...

    async def replace(
        self, key: str, value: bytes, ttl_seconds: float, epoch: bytes, next_epoch: bytes, author: "Copies"
    ) -> bool:
        """Invalidates `key` and stores its new value in one step.

        Does nothing if `key` was invalidated since `epoch`. Copies in all processes are dropped, except those of
        `author`, who replaces them.

        Args:
            key: key of the entry.
            value: the entry after the change.
            ttl_seconds: see `set`.
            epoch: token under which the value before the change was loaded.
            next_epoch: the next token, see `new_epoch`.
            author: the copies that are left alone.

        Returns:
            False if nothing was done. Then invalidate it.
        """
        ...

    async def invalidate(self, keys: Sequence[str]) -> None:
        """Removes the entries and rejects writes with an earlier epoch.

        Copies in all processes are dropped, those of this process even if the cache cannot be reached.
        """
        ...

    async def follow(self, copies: Copies) -> None:
        """Keeps `copies` current until cancelled."""
        ...

    async def close(self) -> None:
        """Releases connections and entries. The cache is not used afterwards."""
        ...


MIN_TTL_SECONDS = 0.001


def new_epoch() -> bytes:
    """A token for `Cache.replace`.

    Random, so that whatever was there is replaced. A number, because earlier versions add one.
    """
    return b"%d" % (secrets.randbelow(2**62) + 1)


def validate_ttl(ttl_seconds: float) -> float:
    """Returns `ttl_seconds`.

    Raises:
        ValueError: less than a millisecond.
    """
    if not ttl_seconds >= MIN_TTL_SECONDS:
        raise ValueError(f"a cache entry's time to live is at least a millisecond, not {ttl_seconds!r} s")
    return ttl_seconds
