"""Cancels tasks for certain, and lets them clean up."""

import asyncio
from collections.abc import Collection, Coroutine


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


async def run_to_end(work: Coroutine[None, None, None]) -> None:
    """Does `work` to its end, however often the caller is cancelled meanwhile.

    For what a cancelled task has to close, because `cancel_all` repeats its cancellation.

    Raises:
        CancelledError: the caller was cancelled. `work` has ended.
    """
    task, cancelled = asyncio.ensure_future(work), False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError from task.exception()
    task.result()
