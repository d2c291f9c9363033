"""The two observers of a request's stages: silent, or a span and a duration per stage."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType

from opentelemetry.metrics import Histogram
from opentelemetry.trace import Span, Tracer

_NO_SPAN = nullcontext()


class SilentStages:
    """Observes nothing: every stage is the same empty context."""

    def __init__(self) -> None:
        self._nothing = nullcontext()

    def stage(self, name: str) -> AbstractContextManager[None]:
        """The shared empty context, whatever the `name`."""
        return self._nothing


class ObservedStages:
    """A span per stage, and its duration in seconds in a histogram with the label `stage`.

    Args:
        tracer: makes the spans; None when only metrics are on.
        histogram: takes the durations; a no-op one when only traces are on.
        clock: monotonic seconds.
    """

    def __init__(
        self, tracer: Tracer | None, histogram: Histogram, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._tracer = tracer
        self._histogram = histogram
        self._clock = clock

    def stage(self, name: str) -> AbstractContextManager[None]:
        """A context that lasts as long as the stage `name`; a failing stage is measured too."""
        return _Stage(name, self._tracer, self._histogram, self._clock)


class _Stage:
    __slots__ = ("_clock", "_histogram", "_name", "_span", "_started", "_tracer")

    _span: AbstractContextManager[Span | None]
    _started: float

    def __init__(
        self, name: str, tracer: Tracer | None, histogram: Histogram, clock: Callable[[], float]
    ) -> None:
        self._name = name
        self._tracer = tracer
        self._histogram = histogram
        self._clock = clock

    def __enter__(self) -> None:
        self._span = self._tracer.start_as_current_span(self._name) if self._tracer else _NO_SPAN
        self._span.__enter__()
        self._started = self._clock()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._histogram.record(self._clock() - self._started, {"stage": self._name})
        self._span.__exit__(kind, error, trace)
