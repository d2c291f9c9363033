"""Cancels tasks for certain."""

import asyncio
from collections.abc import Collection


async def cancel_all(tasks: Collection["asyncio.Task[object]"], repeat_seconds: float = 1.0) -> None:
    """Cancels tasks, and waits until they have ended.

    A cancellation is repeated, because `asyncio.wait_for` of Python 3.11, which redis-py sends with, loses one that
    arrives together with its result.
    """
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=repeat_seconds)
    await asyncio.gather(*tasks, return_exceptions=True)
