"""Speed of a process that has more requests than it can answer at once."""

import time
from collections.abc import Callable

UNIT_SECONDS = 0.0007
"""CPU time of one unit, see `service.routes.units`."""

_MEMORY = 1 / 32
"""Weight of the latest request in the mean."""


class Pace:
    """Mean time in which waiting requests advance by one unit.

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
        """Counts a waiting request that begins now.

        Args:
            units: of the request.
        """
        now = self._clock()
        self._seconds += _MEMORY * (now - self._last - self._seconds)
        self._units += _MEMORY * (units - self._units)
        self._last = now


def loop_idle_seconds() -> float:
    """Time so far in which the thread of the event loop did nothing."""
    return time.monotonic() - time.thread_time()
