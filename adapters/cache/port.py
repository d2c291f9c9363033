"""What a cache promises, whichever it is."""

from collections.abc import Sequence
from typing import Protocol


class CacheUnavailable(Exception):
    """The cache did not answer in time, or refused; the message names the operation and the cause."""


class Cache(Protocol):
    """Bytes by key, each with a time to live; an entry may vanish at any time.

    Every method raises CacheUnavailable when the cache cannot be reached, within a bounded time.
    """

    async def get(self, key: str) -> bytes | None:
        """The value, or None when it is absent or its time is over."""
        ...

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        """Stores `value` for `ttl_seconds`, in place of what was there.

        Raises:
            ValueError: `ttl_seconds` is under a millisecond.
        """
        ...

    async def delete(self, key: str) -> None:
        """Removes the entry; harmless when there is none."""
        ...

    async def epoch(self, key: str) -> int:
        """A number that every invalidation of `key` changes; to be read before what is then cached is read."""
        ...

    async def set_unless_invalidated(self, key: str, value: bytes, ttl_seconds: float, epoch: int) -> None:
        """As `set`, unless `key` was invalidated since `epoch`: what was read before a change is not kept after it."""
        ...

    async def invalidate(self, keys: Sequence[str]) -> None:
        """Removes the entries, and those that are being made of what was read before."""
        ...

    async def close(self) -> None:
        """Lets go of connections and entries; the cache is not used afterwards."""
        ...


SHORTEST_TTL_SECONDS = 0.001


def checked_ttl(ttl_seconds: float) -> float:
    """`ttl_seconds`, or ValueError: what would never be found again is a mistake of the caller."""
    if not ttl_seconds >= SHORTEST_TTL_SECONDS:
        raise ValueError(f"a cache entry's time to live is at least a millisecond, not {ttl_seconds!r} s")
    return ttl_seconds
