"""Background tasks that restart after a failure."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import structlog

Work = Callable[[], Awaitable[None]]

RESTART_SECONDS = 5.0


@asynccontextmanager
async def running(work: Sequence[Work], restart_seconds: float = RESTART_SECONDS) -> AsyncIterator[None]:
    """Runs all of `work` concurrently during the context, then cancels it."""
    tasks = [asyncio.create_task(_kept_running(one, restart_seconds)) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _kept_running(work: Work, restart_seconds: float) -> None:
    """Restarts `work` after a failure.

    Otherwise a pod whose snapshot watcher failed would serve an old snapshot for ever.
    """
    while True:
        try:
            await work()
        except Exception:
            structlog.get_logger("service").exception("background work failed, restarting")
            await asyncio.sleep(restart_seconds)
        else:
            return
