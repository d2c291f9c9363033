"""Copies of a cache's entries that record what the cache reports."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from adapters.cache import Cache
from adapters.cache.redis_invalidations import RedisInvalidations
from adapters.cancellation import cancel_all


class RecordedCopies:
    """Records the calls of a cache."""

    def __init__(self) -> None:
        self.calls: asyncio.Queue[str] = asyncio.Queue()
        self.last = ""

    def start(self) -> None:
        """See `Copies`."""
        self._record("start")

    def drop(self, keys: Collection[str]) -> None:
        """See `Copies`."""
        self._record(f"drop {','.join(keys)}")

    def stop(self) -> None:
        """See `Copies`."""
        self._record("stop")

    def _record(self, call: str) -> None:
        if call != self.last:
            self.calls.put_nowait(call)
        self.last = call

    async def until(self, call: str) -> list[str]:
        """The calls before the next `call`."""
        before = []
        async with asyncio.timeout(30):
            while (one := await self.calls.get()) != call:
                before.append(one)
        return before


@asynccontextmanager
async def following(cache: Cache | RedisInvalidations) -> AsyncIterator[RecordedCopies]:
    copies = RecordedCopies()
    task = asyncio.create_task(cache.follow(copies))
    try:
        await copies.until("start")
        yield copies
    finally:
        await cancel_all([task])
