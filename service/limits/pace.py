"""Speed of a process that has more requests than it can answer at once."""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress

UNIT_SECONDS = 0.0007
"""CPU time of one unit, see `service.routes.units`."""

_MEMORY = 1 / 32
"""Weight of the latest request in the mean."""


class Pace:
    """Measures how fast waiting requests begin, in seconds per unit.

    The exponentially weighted means of time and of units are kept apart, because cheap and costly requests alternate.

    Args:
        clock: time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seconds = UNIT_SECONDS
        self._units = 1.0
        self._last = clock()

    @property
    def seconds_per_unit(self) -> float:
        """The mean of the latest busy times."""
        return self._seconds / self._units

    def begin(self) -> None:
        """Begins a busy time: a first request waits."""
        self._last = self._clock()

    def advance(self, units: int) -> None:
        """Counts a waiting request of so many units that begins now."""
        now = self._clock()
        self._seconds += _MEMORY * (now - self._last - self._seconds)
        self._units += _MEMORY * (units - self._units)
        self._last = now


class _Scheduling(threading.local):
    """Time for which a thread waited for a processor, as Linux counts it.

    It passes on a busy node, and in a pod that has used up its CPU limit.
    """

    def __init__(self) -> None:
        self._file: int | None = None
        with suppress(OSError):  # another system: nothing is counted
            self._file = os.open("/proc/thread-self/schedstat", os.O_RDONLY | os.O_CLOEXEC)

    def __del__(self) -> None:
        if self._file is not None:
            os.close(self._file)

    def waited_seconds(self) -> float:
        """Seconds so far, 0 on systems that do not count them."""
        if self._file is None:
            return 0.0
        return int(os.pread(self._file, 100, 0).split()[1]) / 1e9


_scheduling = _Scheduling()


def loop_idle_seconds() -> float:
    """Seconds so far in which the event loop had nothing to do.

    Time in which its thread neither ran nor waited for a processor. Only the difference of two values is meaningful.
    """
    return time.monotonic() - time.thread_time() - _scheduling.waited_seconds()
