"""Calls that begin before they are awaited."""

import asyncio

import pytest

from service.http.first_wait import run_to_first_wait

pytestmark = pytest.mark.anyio


async def test_call_without_a_wait_ends_at_once() -> None:
    ended = []

    async def call() -> None:
        ended.append(True)

    assert run_to_first_wait(call()) is None
    assert ended == [True]


async def test_error_before_the_first_wait_is_raised() -> None:
    async def call() -> None:
        raise KeyError("early")

    with pytest.raises(KeyError, match="early"):
        run_to_first_wait(call())


async def test_call_goes_on_with_the_results_and_errors_of_its_futures() -> None:
    loop, seen = asyncio.get_running_loop(), []
    result, error = loop.create_future(), loop.create_future()

    async def call() -> None:
        seen.append(await result)
        await asyncio.sleep(0)
        with pytest.raises(KeyError):
            await error
        raise ValueError("late")

    suspended = run_to_first_wait(call())
    assert suspended is not None
    loop.call_soon(result.set_result, 1)
    loop.call_soon(error.set_exception, KeyError())
    with pytest.raises(ValueError, match="late"):
        await suspended
    assert seen == [1]


async def test_suspended_call_is_cancelled_by_a_time_limit() -> None:
    cancelled = []

    async def call() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(True)

    suspended = run_to_first_wait(call())
    assert suspended is not None
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await suspended
    assert cancelled == [True]
