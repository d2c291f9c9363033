"""Bounded LRU cache inside this process, used when no Redis is configured."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from adapters.cache.port import Copies, new_epoch, validate_ttl

_EPOCH_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class _Entry:
    value: bytes
    expires_at: float


class InProcessCache:
    """Evicts the least recently used entries beyond a number of entries or bytes.

    Args:
        max_entries: maximum number of entries.
        max_bytes: maximum size of all values and UTF-8 keys.
        clock: monotonic seconds.
    """

    def __init__(
        self, *, max_entries: int, max_bytes: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._bytes = 0
        self._epochs = [b"0"] * _EPOCH_TOKENS
        self._followers: list[Copies] = []

    async def get(self, key: str) -> bytes | None:
        """See `Cache.get`."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if self._clock() >= entry.expires_at:
            self._remove(key)
            return None
        self._entries.move_to_end(key)
        return entry.value or None

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        """See `Cache.set`. A value larger than the whole cache is not kept."""
        expires_at = self._clock() + validate_ttl(ttl_seconds)
        self._remove(key)
        if _size(key, value) > self._max_bytes:
            return
        self._entries[key] = _Entry(value, expires_at)
        self._bytes += _size(key, value)
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            self._remove(next(iter(self._entries)))

    async def epoch(self, key: str) -> bytes:
        """See `Cache.epoch`. Keys share tokens, so that an unrelated invalidation may prevent a write."""
        return self._epochs[hash(key) % _EPOCH_TOKENS]

    async def set_unless_invalidated(self, key: str, value: bytes, ttl_seconds: float, epoch: bytes) -> None:
        """See `Cache.set_unless_invalidated`."""
        if epoch == await self.epoch(key):
            await self.set(key, value, ttl_seconds)

    async def replace(
        self, key: str, value: bytes, ttl_seconds: float, epoch: bytes, next_epoch: bytes, author: Copies
    ) -> bool:
        """See `Cache.replace`."""
        if epoch != await self.epoch(key):
            return False
        self._epochs[hash(key) % _EPOCH_TOKENS] = next_epoch
        await self.set(key, value, ttl_seconds)
        for copies in self._followers:
            if copies is not author:
                copies.drop([key])
        return True

    async def invalidate(self, keys: Sequence[str]) -> None:
        """See `Cache.invalidate`."""
        for key in keys:
            self._epochs[hash(key) % _EPOCH_TOKENS] = new_epoch()
            self._remove(key)
        for copies in self._followers:
            copies.drop(keys)

    async def follow(self, copies: Copies) -> None:
        """See `Cache.follow`."""
        self._followers.append(copies)
        copies.start()
        try:
            await asyncio.Event().wait()
        finally:
            self._followers.remove(copies)
            copies.stop()

    async def close(self) -> None:
        """See `Cache.close`."""
        self._entries.clear()
        self._bytes = 0

    def _remove(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= _size(key, entry.value)


def _size(key: str, value: bytes) -> int:
    return len(key.encode()) + len(value)
