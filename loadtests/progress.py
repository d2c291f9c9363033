"""A run while it goes on: a sentence now and then, and when there is no sense in going on."""

from dataclasses import dataclass

EVERY_SECONDS = 10.0
PATIENCE_SECONDS = 30.0
"""Without one good answer of the service for so long, the run is given up: its stack is gone."""


@dataclass(frozen=True)
class Moment:
    """What is known of a run now: sums since its beginning, and how it is of late.

    Attributes:
        elapsed: seconds since the beginning.
        shoppers: that are there now.
        calls: that ended since the beginning.
        failures: of these.
        answers: of the service alone, good ones; tokens are still had when it is gone.
        p95: milliseconds, of the last ten seconds; None before the first call.
        load: of the processes that play shoppers, the busiest one's share of a core.
    """

    elapsed: float
    shoppers: int
    calls: int
    failures: int
    answers: int
    p95: float | None
    load: float


class Progress:
    """Follows one run.

    Args:
        shape: the shape's name.
        length: seconds that it takes.
    """

    def __init__(self, shape: str, length: float) -> None:
        self._shape = shape
        self._length = length
        self._before = Moment(0, 0, 0, 0, 0, None, 0)
        self._last_answer = 0.0

    def line(self, now: Moment) -> str:
        """What happened since the last call of this, and how long it takes yet."""
        before, self._before = self._before, now
        if now.answers > before.answers:
            self._last_answer = now.elapsed
        passed = max(now.elapsed - before.elapsed, 1e-9)
        p95 = "no call yet" if now.p95 is None else f"95 % within {now.p95:.0f} ms"
        left = max(0.0, self._length - now.elapsed)
        return (
            f"{self._shape} {clock(now.elapsed)} of {clock(self._length)}, {clock(left)} left: "
            f"{now.shoppers} shoppers, {(now.calls - before.calls) / passed:.0f} calls/s, "
            f"{now.failures - before.failures} failed, {p95}; the shoppers themselves take {now.load:.0%} of a core"
        )

    @property
    def hopeless(self) -> bool:
        """Whether the service has given no good answer for too long."""
        return self._before.elapsed - self._last_answer >= PATIENCE_SECONDS


def clock(seconds: float) -> str:
    """Minutes and seconds: 4:05."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
