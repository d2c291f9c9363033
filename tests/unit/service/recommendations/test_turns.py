"""Turns on the event loop."""

import asyncio

import pytest

from service.recommendations.turns import Turns

pytestmark = pytest.mark.anyio


async def test_at_most_one_task_has_its_turn_in_an_iteration_of_the_loop() -> None:
    turns, iteration, ready = Turns(), 0, asyncio.Event()
    worked_in: list[int] = []

    async def work() -> None:
        await ready.wait()
        await turns.take()
        worked_in.append(iteration)

    tasks = [asyncio.create_task(work()) for _ in range(20)]
    await asyncio.sleep(0)
    ready.set()
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0)
        iteration += 1
    assert len(worked_in) == len(set(worked_in)) == 20


async def test_cancelled_task_does_not_keep_its_turn() -> None:
    turns = Turns()
    tasks = [asyncio.create_task(turns.take()) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    tasks[1].cancel()
    await asyncio.wait_for(tasks[2], 10)


async def test_others_continue_several_times_during_a_pause() -> None:
    turns, order = Turns(work_seconds=0, pause_seconds=1), list[str]()

    async def other() -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        order.append("other")

    task = asyncio.create_task(other())
    await turns.take()
    assert order == ["other"]
    await task
