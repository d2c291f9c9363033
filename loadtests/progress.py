"""Progress lines of a run, and the decision to abort it."""

from dataclasses import dataclass

EVERY_SECONDS = 10.0
PATIENCE_SECONDS = 30.0
"""A run without one successful answer for so long is aborted, because its stack is gone."""


@dataclass(frozen=True)
class Sample:
    """Numbers of a run at one moment. Counts are sums since its start.

    Attributes:
        elapsed: seconds since the start.
        shoppers: present shoppers.
        calls: finished calls.
        failures: failed calls.
        answers: successful answers of the service, without those of the issuer.
        p95: milliseconds over the last ten seconds. None before the first call.
        load: share of a core that the busiest load-generating process uses.
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
        shape: name of the shape.
        length: seconds of the shape.
    """

    def __init__(self, shape: str, length: float) -> None:
        self._shape = shape
        self._length = length
        self._previous = Sample(0, 0, 0, 0, 0, None, 0)
        self._last_answer = 0.0

    def line(self, now: Sample) -> str:
        """Describes the time since the previous call of this method, and the time left."""
        previous, self._previous = self._previous, now
        if now.answers > previous.answers:
            self._last_answer = now.elapsed
        passed = max(now.elapsed - previous.elapsed, 1e-9)
        p95 = "no calls yet" if now.p95 is None else f"p95 {now.p95:.0f} ms"
        left = max(0.0, self._length - now.elapsed)
        return (
            f"{self._shape} {clock(now.elapsed)} of {clock(self._length)}, {clock(left)} left: "
            f"{now.shoppers} shoppers, {(now.calls - previous.calls) / passed:.0f} calls/s, "
            f"{now.failures - previous.failures} failed, {p95}, load generator at {now.load:.0%} of a core"
        )

    @property
    def is_unresponsive(self) -> bool:
        """True when the service gave no successful answer for too long."""
        return self._previous.elapsed - self._last_answer >= PATIENCE_SECONDS


def clock(seconds: float) -> str:
    """Minutes and seconds, such as 4:05."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
