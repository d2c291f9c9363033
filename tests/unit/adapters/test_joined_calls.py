"""Calls that arrive while others run are run together, and answered one by one."""

import asyncio
import contextvars
from collections.abc import Callable, Sequence

import pytest

from adapters.database import DatabaseRejected, DatabaseUnavailable
from adapters.database.errors import is_outage
from adapters.joined_calls import JoinedCalls

pytestmark = pytest.mark.anyio

Runs = list[list[int]]


def doubling(
    runs: Runs, fault: Callable[[int], Exception | None] = lambda item: None
) -> JoinedCalls[int, int]:
    """Doubles even numbers together, and odd ones together. At most three at a time."""

    async def double(items: Sequence[int]) -> list[int]:
        runs.append(list(items))
        await asyncio.sleep(0)
        for error in filter(None, map(fault, items)):
            raise error
        return [2 * item for item in items]

    return JoinedCalls(double, lambda items, item: len(items) < 3 and (items[0] - item) % 2 == 0, is_outage)


async def test_calls_that_arrive_during_a_run_are_run_together() -> None:
    runs: Runs = []
    joined = doubling(runs)
    assert await asyncio.gather(*map(joined.call, (1, 3, 5, 7, 2, 4))) == [2, 6, 10, 14, 4, 8]
    assert runs == [[1, 3, 5], [7], [2, 4]]
    # Each call of a sequence begins in the moment in which the run before it ends.
    assert [await joined.call(item) for item in (1, 2, 3)] == [2, 4, 6]
    assert runs[3:] == [[1], [2], [3]]


async def test_a_call_is_not_answered_by_a_run_that_began_before_it() -> None:
    runs: Runs = []
    joined = doubling(runs)
    first = asyncio.create_task(joined.call(1))
    while not runs:
        await asyncio.sleep(0)
    await asyncio.gather(first, joined.call(1))
    assert runs == [[1], [1]]


@pytest.mark.parametrize("fault", [DatabaseRejected("5"), ZeroDivisionError("5")])
async def test_a_fault_of_one_call_is_reported_to_it_alone(fault: Exception) -> None:
    joined = doubling([], lambda item: fault if item == 5 else None)
    found = await asyncio.gather(*map(joined.call, (1, 3, 5)), return_exceptions=True)
    assert found == [2, 6, fault]
    assert await joined.call(7) == 14


async def test_an_outage_is_reported_to_all_after_one_run() -> None:
    runs: Runs = []
    joined = doubling(runs, lambda item: DatabaseUnavailable("down") if item < 9 else None)
    found = await asyncio.gather(*map(joined.call, (1, 3)), return_exceptions=True)
    assert [type(each) for each in found] == [DatabaseUnavailable] * 2
    assert found[0] is not found[1]
    assert runs == [[1, 3]]
    assert await joined.call(9) == 18


async def test_a_call_that_nobody_waits_for_is_not_run() -> None:
    runs: Runs = []
    joined = doubling(runs)
    tasks = [asyncio.create_task(joined.call(item)) for item in (1, 2, 4)]
    while not runs:
        await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.wait(tasks)
    assert runs == [[1], [4]]


async def test_a_call_that_nobody_waits_for_is_not_run_after_a_fault() -> None:
    runs: Runs = []
    tasks: list[asyncio.Task[int]] = []

    def leave(item: int) -> Exception:
        tasks[2].cancel()
        return ZeroDivisionError(str(item))

    joined = doubling(runs, lambda item: leave(item) if item == 1 else None)
    tasks += [asyncio.create_task(joined.call(item)) for item in (1, 3, 5)]
    await asyncio.wait(tasks)
    assert runs == [[1, 3, 5], [1], [3]]


async def test_a_run_has_the_context_of_no_caller() -> None:
    caller = contextvars.ContextVar("caller", default="none")

    async def run(items: Sequence[int]) -> list[str]:
        return [caller.get()] * len(items)

    joined = JoinedCalls[int, str](run, lambda items, item: True, is_outage)
    caller.set("first")
    assert await joined.call(1) == "none"
