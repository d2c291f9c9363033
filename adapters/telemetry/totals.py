"""Totals of a process for its own display, beside what a collector scrapes."""

from bisect import bisect_left
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from adapters.telemetry.declared.request_metrics import HTTP_DURATION

BOUNDS = HTTP_DURATION.buckets
_MAX_PROBLEMS = 50

ByLabels = Mapping[tuple[str | int, ...], int]


class RecentProblem(NamedTuple):
    """One failed request.

    It has the time in epoch seconds, the route's template, and the code of its problem, or "".
    """

    at: float
    method: str
    route: str
    status: int
    code: str


@dataclass(slots=True)
class RequestTotals:
    """Requests of the shop to a process.

    Attributes:
        requests: their number.
        failed: those with a status from 500.
        buckets: numbers of durations up to each of `BOUNDS`, and above, by method and route.
        problems: the latest requests with a status from 400, with those of the console.
    """

    requests: int = 0
    failed: int = 0
    buckets: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    problems: deque[RecentProblem] = field(default_factory=lambda: deque(maxlen=_MAX_PROBLEMS))

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts a request. `route` is the template."""
        self.requests += 1
        self.failed += status >= 500
        buckets = self.buckets.setdefault((method, route), [0] * (len(BOUNDS) + 1))
        buckets[bisect_left(BOUNDS, seconds)] += 1


class Totals(NamedTuple):
    """Totals since the start, those by labels in the order of the metric.

    `buckets` are those of `RequestTotals`.
    """

    requests: int
    failed: int
    buckets: Mapping[tuple[str, str], tuple[int, ...]]
    answers: ByLabels
    repeated: ByLabels
    states: ByLabels
    degraded: ByLabels
    impressions: ByLabels
    clicks: ByLabels
    purchases: ByLabels
