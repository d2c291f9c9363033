"""Counts and logs records of the catalog that were skipped."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from adapters.catalog import ReadReport, Rejection
from adapters.telemetry import ServiceMetrics

_REMEMBERED = 1_000
_LINES = 10
_SECONDS = 60.0


@dataclass(slots=True)
class RejectionLog:
    """Counts every rejected record, and logs each once, at most ten a minute.

    Attributes:
        clock: monotonic time in seconds.
    """

    metrics: ServiceMetrics
    clock: Callable[[], float] = time.monotonic
    _logged: set[Rejection] = field(default_factory=set)
    _since: float = float("-inf")
    _lines: int = 0

    def __call__(self, report: ReadReport) -> None:
        """Reports the records of one answer."""
        if report.rejected:
            self.metrics.catalog_faults(report.kind, "invalid", len(report.rejected))
        for rejection in report.rejected:
            if rejection not in self._logged and self._has_room():
                self._remember(rejection)
                structlog.get_logger("service").warning(
                    "skipped an invalid record of the catalog", record=rejection.record, fault=rejection.fault
                )

    def _has_room(self) -> bool:
        now = self.clock()
        if now - self._since >= _SECONDS:
            self._since, self._lines = now, 0
        self._lines += 1
        return self._lines <= _LINES

    def _remember(self, rejection: Rejection) -> None:
        if len(self._logged) >= _REMEMBERED:
            self._logged.clear()
        self._logged.add(rejection)
