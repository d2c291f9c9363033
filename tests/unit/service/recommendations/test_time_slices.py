"""Time slices on the event loop."""

import asyncio

import pytest

from service.recommendations.time_slices import TimeSlices

pytestmark = pytest.mark.anyio


async def test_at_most_one_task_works_in_an_iteration_of_the_loop() -> None:
    slices, iteration, ready = TimeSlices(), 0, asyncio.Event()
    worked_in: list[int] = []

    async def work() -> None:
        await ready.wait()
        await slices.take()
        worked_in.append(iteration)

    tasks = [asyncio.create_task(work()) for _ in range(20)]
    await asyncio.sleep(0)
    ready.set()
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0)
        iteration += 1
    assert len(worked_in) == len(set(worked_in)) == 20


async def test_cancelled_task_does_not_keep_its_slice() -> None:
    slices = TimeSlices()
    tasks = [asyncio.create_task(slices.take()) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    tasks[1].cancel()
    await asyncio.wait_for(tasks[2], 10)


async def test_others_continue_several_times_during_a_pause() -> None:
    slices, order = TimeSlices(work_seconds=0, pause_seconds=1), list[str]()

    async def other() -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        order.append("other")

    task = asyncio.create_task(other())
    await slices.take()
    assert order == ["other"]
    await task
