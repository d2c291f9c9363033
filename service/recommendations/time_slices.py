"""Time slices of the event loop, so that long work does not delay others."""

import asyncio

WORK_SECONDS = 0.005
"""Time of work after which the next slice begins with a pause."""

PAUSE_SECONDS = 0.002
"""Long enough for others to continue several times: most wait for Redis or the database more than once."""


class TimeSlices:
    """Lets at most one task work in each iteration of the event loop.

    Tasks that become ready together would otherwise all run before the loop serves anybody else. `service.limits`
    orders whole requests, this the steps of a long one.
    """

    def __init__(self, work_seconds: float = WORK_SECONDS, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._work_seconds = work_seconds
        self._pause_seconds = pause_seconds
        self._paused_at = 0.0
        self._lock = asyncio.Lock()

    async def take(self) -> None:
        """Waits for a slice, which lasts until the caller's next `await`."""
        loop = asyncio.get_running_loop()
        async with self._lock:
            if loop.time() - self._paused_at < self._work_seconds:
                await asyncio.sleep(0)
            else:
                await asyncio.sleep(self._pause_seconds)
                self._paused_at = loop.time()
