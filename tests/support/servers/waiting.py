"""Waiting for events in other processes and threads."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 120.0) -> None:
    """Waits until `condition` holds.

    Raises:
        AssertionError: it does not hold in time. The message names `what`.
    """
    wait_for(condition, bool, seconds, what)


def wait_for(
    read: Callable[[], T], fits: Callable[[T], bool], seconds: float = 120.0, what: str = "a fitting value"
) -> T:
    """Reads until a value fits, and returns it.

    Raises:
        AssertionError: none fits in time. The message has `what` and the last value.
    """
    deadline = time.monotonic() + seconds
    while not fits(value := read()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s, but {value!r}"
        time.sleep(0.05)
    return value
