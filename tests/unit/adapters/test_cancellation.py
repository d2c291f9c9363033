"""Tasks end although they lose a cancellation."""

import asyncio
from contextlib import suppress

import pytest

from adapters.cancellation import cancel_all

pytestmark = pytest.mark.anyio


async def test_a_lost_cancellation_is_repeated() -> None:
    async def lose_one() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    async def fail() -> None:
        raise ValueError

    tasks = [asyncio.create_task(work()) for work in (lose_one, fail)]
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await cancel_all(tasks, repeat_seconds=0.001)
    assert [task.cancelled() for task in tasks] == [True, False]
