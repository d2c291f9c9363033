"""Observers of the stages of a recommendation."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType

from opentelemetry.metrics import Meter, NoOpMeter
from opentelemetry.trace import Span, StatusCode, Tracer

from adapters.telemetry.declared.request_metrics import CANDIDATES, ITEMS
from adapters.telemetry.instruments import Counter, Durations

_NO_METER = NoOpMeter("stages")


class SilentStages:
    """An observer without effect, which returns the same empty context for every stage."""

    def __init__(self) -> None:
        self._nothing = nullcontext()

    def stage(self, name: str) -> AbstractContextManager[None]:
        """Returns the shared empty context."""
        return self._nothing

    def candidates(self, stage: str, count: int) -> None:
        """Does nothing."""

    def items(self, kind: str, count: int) -> None:
        """Does nothing."""


class ObservedStages:
    """An observer that records spans and durations of stages, and counts candidates.

    Args:
        tracer: creates the spans. None if only metrics are enabled.
        histogram: records the durations in seconds with the label `stage`. A no-op if only traces are enabled.
        clock: monotonic time in seconds.
        meter: creates the counters.
    """

    def __init__(
        self,
        tracer: Tracer | None,
        histogram: Durations,
        clock: Callable[[], float] = time.perf_counter,
        meter: Meter = _NO_METER,
    ) -> None:
        self._candidates = Counter(meter, CANDIDATES)
        self._items = Counter(meter, ITEMS)
        self._tracer = tracer
        self._histogram = histogram
        self._clock = clock

    def stage(self, name: str) -> AbstractContextManager[None]:
        """Returns a context that measures the stage `name`, also if it fails."""
        if self._tracer is None:
            return _Stage(name, self._histogram, self._clock)
        # An exception's message may name a shopper. The log redacts it, a collector would not.
        span = self._tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False)
        return _TracedStage(name, self._histogram, self._clock, span)

    def candidates(self, stage: str, count: int) -> None:
        """Counts candidates that a stage left."""
        self._candidates.add(count, {"stage": stage})

    def items(self, kind: str, count: int) -> None:
        """Counts items of an answer."""
        self._items.add(count, {"kind": kind})


class _Stage:
    __slots__ = ("_clock", "_histogram", "_name", "_started")

    _started: float

    def __init__(self, name: str, histogram: Durations, clock: Callable[[], float]) -> None:
        self._name = name
        self._histogram = histogram
        self._clock = clock

    def __enter__(self) -> None:
        self._started = self._clock()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._histogram.record(self._clock() - self._started, {"stage": self._name})


class _TracedStage(_Stage):
    __slots__ = ("_entered", "_span")

    _entered: Span

    def __init__(
        self, name: str, histogram: Durations, clock: Callable[[], float], span: AbstractContextManager[Span]
    ) -> None:
        super().__init__(name, histogram, clock)
        self._span = span

    def __enter__(self) -> None:
        self._entered = self._span.__enter__()
        super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        if kind is not None:
            self._entered.set_status(StatusCode.ERROR)
        self._span.__exit__(kind, error, trace)
