"""Background tasks that restart after a failure."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from adapters.cancellation import cancel_all
from adapters.telemetry import ServiceMetrics

LAG_SECONDS = 0.25
"""Time between two measurements of the event loop's lag."""

Work = Callable[[], Awaitable[None]]

RESTART_SECONDS = 5.0
"""Pause before work that failed starts again."""


@asynccontextmanager
async def running(work: Sequence[Work], restart_seconds: float = RESTART_SECONDS) -> AsyncIterator[None]:
    """Runs all of `work` concurrently during the context, then cancels it."""
    tasks = [asyncio.create_task(_restart_on_failure(one, restart_seconds)) for one in work]
    try:
        yield
    finally:
        await cancel_all(tasks)


async def _restart_on_failure(work: Work, restart_seconds: float) -> None:
    """Runs `work` to its end, and again after a failure.

    A pod whose snapshot watcher failed would otherwise serve an old snapshot until its end.
    """
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001 - whatever failed is logged and tried again
            structlog.get_logger("service").exception("background work failed, restarting")
            await asyncio.sleep(restart_seconds)
        else:
            return


@dataclass(frozen=True, slots=True)
class EventLoopLag:
    """Records how late the event loop runs a timer.

    Attributes:
        seconds: time between two timers.
        clock: monotonic seconds.
    """

    metrics: ServiceMetrics
    seconds: float = LAG_SECONDS
    clock: Callable[[], float] = time.monotonic

    async def run(self) -> None:
        """Measures until it is cancelled."""
        while True:
            due = self.clock() + self.seconds
            await asyncio.sleep(self.seconds)
            self.metrics.loop_lag(max(0.0, self.clock() - due))
