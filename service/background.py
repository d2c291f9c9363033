"""Work beside the requests: it goes on, whatever happens to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import structlog

Work = Callable[[], Awaitable[None]]

RESTART_SECONDS = 5.0


@asynccontextmanager
async def running(work: Sequence[Work], restart_seconds: float = RESTART_SECONDS) -> AsyncIterator[None]:
    """Runs all of `work` side by side while the context lasts, then cancels it."""
    tasks = [asyncio.create_task(_kept_running(one, restart_seconds)) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _kept_running(work: Work, restart_seconds: float) -> None:
    """Starts `work` again when it fails: a pod that silently stops following snapshots serves old ones for ever."""
    while True:
        try:
            await work()
        except Exception:
            structlog.get_logger("service").exception("background work failed and starts again")
            await asyncio.sleep(restart_seconds)
        else:
            return
