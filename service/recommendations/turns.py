"""Turns on the event loop, so that long work does not delay others."""

import asyncio


class Turns:
    """Lets at most one task work in each iteration of the event loop.

    Tasks that become ready together would otherwise all run before the loop serves anybody else.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def take(self) -> None:
        """Waits for the caller's turn, which lasts until its next `await`."""
        async with self._lock:
            await asyncio.sleep(0)
