"""Joins the calls of concurrent requests."""

import asyncio
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True)
class _Call(Generic[Item, Result]):
    """A call that waits.

    Attributes:
        item: what it is about.
        result: future of the call's result.
    """

    item: Item
    result: asyncio.Future[Result] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class JoinedCalls(Generic[Item, Result]):
    """Runs calls together that arrive while earlier ones run.

    Requests share round trips and commits when there are many, and wait for nobody when there are few.

    Args:
        run: does what several calls ask for, and returns one result for each.
        fits: true if a call can join others.
        is_common: true for an error of all calls of a run. After another one, each is run alone.
        concurrency: number of runs at a time.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        fits: Callable[[Sequence[Item], Item], bool],
        is_common: Callable[[Exception], bool],
        concurrency: int = 1,
    ) -> None:
        self._run = run
        self._fits = fits
        self._is_common = is_common
        self._concurrency = concurrency
        self._waiting = deque[_Call[Item, Result]]()
        self._running: set[asyncio.Task[None]] = set()

    async def call(self, item: Item) -> Result:
        """The result of one call, or its error."""
        return await self.submit(item)

    def submit(self, item: Item) -> asyncio.Future[Result]:
        """Begins a call. It is dropped if the future is cancelled before its run."""
        call = _Call[Item, Result](item)
        self._waiting.append(call)
        if len(self._running) < self._concurrency:
            # In no caller's context, because a run is not a part of one request.
            self._running.add(asyncio.create_task(self._run_waiting(), context=contextvars.Context()))
        return call.result

    async def _run_waiting(self) -> None:
        try:
            while calls := self._next_calls():
                try:
                    await self._settle(calls)
                except Exception:  # noqa: BLE001 - one of them is at fault, and gets the error when it is alone
                    for call in calls:
                        if not call.result.done():
                            await self._settle([call])
        finally:
            # Before anybody else runs. A call that comes now starts the next run.
            self._running.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    def _next_calls(self) -> list[_Call[Item, Result]]:
        """Takes calls that fit together.

        Those that nobody waits for any more are dropped.
        """
        calls: list[_Call[Item, Result]] = []
        while self._waiting:
            call = self._waiting[0]
            if not call.result.done():
                if calls and not self._fits([each.item for each in calls], call.item):
                    break
                calls.append(call)
            self._waiting.popleft()
        return calls

    async def _settle(self, calls: Sequence[_Call[Item, Result]]) -> None:
        """Runs calls, and tells those who wait for them.

        Raises:
            Exception: one of several calls is at fault. None has a result yet.
        """
        try:
            results = await self._run([call.item for call in calls])
        except Exception as error:
            if len(calls) > 1 and not self._is_common(error):
                raise
            for call in calls:
                if not call.result.done():
                    # A copy, because every raise adds to the traceback of an exception.
                    call.result.set_exception(type(error)(*error.args) if len(calls) > 1 else error)
        except BaseException:
            for call in calls:
                call.result.cancel()
            raise
        else:
            for call, result in zip(calls, results, strict=True):
                if not call.result.done():
                    call.result.set_result(result)
