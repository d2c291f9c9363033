"""The idle time of a process."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from service.limits.pace import loop_idle_seconds


@contextmanager
def competitor() -> Iterator[None]:
    """A process that wants the same processor as this thread all the time."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
            try:
                yield
            finally:
                process.kill()
    finally:
        os.sched_setaffinity(0, before)


def test_wait_for_the_processor_is_not_idle_time() -> None:
    with competitor():
        idle, wall, cpu = loop_idle_seconds(), time.monotonic(), time.thread_time()
        without_processor = 0.0
        while without_processor < 0.2:  # It never sleeps, so all of this time was taken from it.
            without_processor = time.monotonic() - wall - (time.thread_time() - cpu)
        assert loop_idle_seconds() - idle < without_processor / 2


def test_sleep_is_idle_time() -> None:
    wall, idle = time.monotonic(), loop_idle_seconds()
    time.sleep(0.05)
    assert 0.0 < loop_idle_seconds() - idle <= time.monotonic() - wall
