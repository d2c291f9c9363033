"""Waiting for events in other processes and threads."""

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 10.0) -> None:
    """Waits until `condition` holds.

    Raises:
        AssertionError: it does not hold in time. The message names `what`.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        time.sleep(0.05)
