"""Ends the programs of a test run that was killed.

A killed run cannot stop what it has started. A small process beside each run reads the ids of its programs from a pipe.
The pipe closes when the run ends, whatever ends it. Programs that still run then are terminated, and killed if they
are still there after `PATIENCE_SECONDS`.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

PATIENCE_SECONDS = 10.0

Program = tuple[int, str]
"""Process id and time of the start, because ids are used again."""


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


def _started_at(pid: int) -> str | None:
    """Start of a running process in the clock's ticks since the boot, or None."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return None
    return None if state == "Z" else fields[18]


def _running(programs: Iterable[Program]) -> list[Program]:
    return [(pid, started) for pid, started in programs if _started_at(pid) == started]


def _send(number: int, programs: Iterable[Program]) -> None:
    for pid, _ in programs:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _watch() -> None:
    """Reads ids until the run has ended, then ends the programs."""
    programs: dict[int, str] = {}
    for line in sys.stdin:
        if (started := _started_at(int(line))) is not None:
            programs[int(line)] = started
    left = _running(programs.items())
    _send(signal.SIGTERM, left)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (left := _running(left)) and time.monotonic() < deadline:
        time.sleep(0.05)
    _send(signal.SIGKILL, left)


if __name__ == "__main__":
    _watch()
