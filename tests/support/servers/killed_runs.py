"""Ends the programs of a test run that was killed.

A killed run cannot stop what it has started. A small process beside each run reads the ids of its programs from a pipe.
The pipe closes when the run ends, whatever ends it. Programs that still run then are terminated, and killed if they
are still there after `PATIENCE_SECONDS`.
"""

import os
import select
import signal
import sys
import time
from contextlib import suppress
from functools import cache

PATIENCE_SECONDS = 10.0


def end_with_run(pid: int) -> None:
    """Ends a program at the latest when this process has ended."""
    os.write(_pipe(os.getpid()), b"%d\n" % pid)


@cache
def _pipe(_run: int) -> int:
    """The end of the pipe that this process alone holds, and writes to."""
    reading, writing = os.pipe()
    nowhere = [(os.POSIX_SPAWN_OPEN, output, os.devnull, os.O_WRONLY, 0) for output in (1, 2)]
    os.posix_spawn(
        sys.executable,
        [sys.executable, "-I", "-S", __file__],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, reading, 0), *nowhere],
        setsid=True,  # Ctrl-C is for the run, which stops its programs itself.
    )
    os.close(reading)
    return writing


class _Programs:
    """Running programs by descriptors, because ids of processes are used again."""

    def __init__(self) -> None:
        self._running: set[int] = set()
        self._poll = select.poll()

    def add(self, pid: int) -> None:
        """Adds a program unless it has ended."""
        with suppress(ProcessLookupError):
            program = os.pidfd_open(pid)
            self._running.add(program)
            self._poll.register(program, select.POLLIN)
        self.wait(0)

    def wait(self, seconds: float) -> None:
        """Waits until one of them has ended, and forgets all that have."""
        for program, _ in self._poll.poll(1000 * seconds):
            self._poll.unregister(program)
            self._running.remove(program)
            os.close(program)

    def send(self, number: int) -> None:
        """Sends a signal to all that run."""
        for program in self._running:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(program, number)

    def __bool__(self) -> bool:
        return bool(self._running)


def _watch() -> None:
    """Reads ids until the run has ended, then ends the programs."""
    programs = _Programs()
    for line in sys.stdin:
        programs.add(int(line))
    programs.send(signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while programs and (left := deadline - time.monotonic()) > 0:
        programs.wait(left)
    programs.send(signal.SIGKILL)


if __name__ == "__main__":
    _watch()
