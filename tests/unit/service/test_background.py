"""Background work survives its own failures and ends with the application."""

import asyncio

import pytest
from opentelemetry.metrics import NoOpMeter

from adapters.telemetry import ServiceMetrics
from service.background import EventLoopLag, running

pytestmark = pytest.mark.anyio


async def test_work_that_fails_starts_again() -> None:
    attempts = asyncio.Semaphore(0)
    count = 0

    async def fails_twice() -> None:
        nonlocal count
        count += 1
        attempts.release()
        if count < 3:
            raise RuntimeError("unexpected")
        await asyncio.Event().wait()

    async with running([fails_twice], restart_seconds=0), asyncio.timeout(5):
        for _ in range(3):
            await attempts.acquire()
    assert count == 3


async def test_all_work_is_cancelled_at_the_end() -> None:
    ended: list[str] = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def finishes() -> None:
        ended.append("finished")

    async with running([waits, finishes, waits]):
        await asyncio.sleep(0)
    assert sorted(ended) == ["cancelled", "cancelled", "finished"]


async def test_late_timer_is_measured() -> None:
    measured = asyncio.Queue[float]()

    class Measured(ServiceMetrics):
        def loop_lag(self, seconds: float) -> None:
            measured.put_nowait(seconds)

    times = iter([100.0, 102.5, 200.0])
    lag = EventLoopLag(Measured(NoOpMeter("tests")), seconds=0.0, clock=lambda: next(times, 300.0))
    async with running([lag.run]), asyncio.timeout(5):
        assert await measured.get() == 2.5
