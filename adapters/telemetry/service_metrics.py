"""Instruments of the service."""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from adapters.telemetry.declared.dependency_metrics import (
    CATALOG_CALLS,
    CATALOG_ERRORS,
    CATALOG_FAULTS,
    DATABASE_ERRORS,
    ISSUER_KEYS,
    OVERLAY_AGE,
)
from adapters.telemetry.declared.metric import Metric
from adapters.telemetry.declared.request_metrics import (
    ANSWERS,
    CLICKS,
    DEGRADED,
    EVENT_DELAY,
    EVENT_LOOP_LAG,
    HTTP_DURATION,
    IMPRESSIONS,
    IN_FLIGHT,
    LIMITED,
    PROFILE_AGE,
    PURCHASES,
    REPEATED,
    SHED,
    SHOPPER_STATES,
    TIMED_OUT,
)
from adapters.telemetry.declared.snapshot_metrics import (
    SNAPSHOT_LOADING,
    SNAPSHOT_OUTAGES,
    SNAPSHOT_REFUSALS,
    SNAPSHOT_SWAPS,
)
from adapters.telemetry.instruments import Counter, Durations, histogram
from adapters.telemetry.snapshot_gauges import RecordedBuilds, ServedSnapshot, SnapshotGauges, observed_gauge
from adapters.telemetry.totals import RecentProblem, RequestTotals, Totals


class ServiceMetrics:
    """Instruments of the service.

    All labels are set here, so that ids never become labels.

    Args:
        meter: creates the instruments.
        clock: seconds since the epoch, for the overlay's age at each scrape.
        durations: makes the histograms of what happens often. None: instruments of `meter`.
    """

    def __init__(
        self,
        meter: Meter,
        clock: Callable[[], float] = time.time,
        durations: Callable[[Metric], Durations] | None = None,
    ) -> None:
        self._clock = clock
        self._overlay_polled_at: float | None = None
        make = durations or partial(histogram, meter)
        self._http_duration = make(HTTP_DURATION)
        self._profile_age = make(PROFILE_AGE)
        self._loop_lag = make(EVENT_LOOP_LAG)
        self._event_delay = make(EVENT_DELAY)
        self._catalog_calls = make(CATALOG_CALLS)
        self._states = Counter(meter, SHOPPER_STATES)
        self._purchases = Counter(meter, PURCHASES)
        self._answers = Counter(meter, ANSWERS)
        self._repeated = Counter(meter, REPEATED)
        self._impressions = Counter(meter, IMPRESSIONS)
        self._clicks = Counter(meter, CLICKS)
        self._degraded = Counter(meter, DEGRADED)
        self._swaps = Counter(meter, SNAPSHOT_SWAPS)
        self._refusals = Counter(meter, SNAPSHOT_REFUSALS)
        self._outages = Counter(meter, SNAPSHOT_OUTAGES)
        self._loading = histogram(meter, SNAPSHOT_LOADING)
        self._catalog_errors = Counter(meter, CATALOG_ERRORS)
        self._catalog_faults = Counter(meter, CATALOG_FAULTS)
        self._database_errors = Counter(meter, DATABASE_ERRORS)
        self._limited = Counter(meter, LIMITED)
        self._shed = Counter(meter, SHED)
        self._timed_out = Counter(meter, TIMED_OUT)
        self._in_flight = 0
        self._keys_available: Callable[[], Mapping[str, bool]] = dict
        self._own = RequestTotals()
        self._snapshots = SnapshotGauges(meter, clock)
        observed_gauge(meter, OVERLAY_AGE, self._observe_overlay)
        observed_gauge(meter, IN_FLIGHT, lambda _: [Observation(self._in_flight)])
        observed_gauge(meter, ISSUER_KEYS, self._observe_issuers)

    def request(
        self, method: str, route: str, status: int, seconds: float, *, is_traffic: bool = True
    ) -> None:
        """Records an HTTP request. `route` is the template (`/v1/users/{user_id}/…`).

        What is not traffic of the shop is left out of the process's own display.
        """
        if is_traffic:
            self._own.add(method, route, status, seconds)
        self._http_duration.record(
            seconds,
            {"http.request.method": method, "http.route": route, "http.response.status_code": status},
        )

    def problem(self, method: str, route: str, status: int, code: str) -> None:
        """Keeps a failed request, with the code of its problem, among the latest."""
        self._own.problems.append(RecentProblem(self._clock(), method, route, status, code))

    def problems(self) -> list[RecentProblem]:
        """The latest failed requests, oldest first."""
        return list(self._own.problems)

    def totals(self) -> Totals:
        """Totals since the start, for the process's own display."""
        own = self._own
        counters = self._answers, self._repeated, self._states, self._degraded
        events = self._impressions, self._clicks, self._purchases
        by_labels = [counter.totals() for counter in (*counters, *events)]
        buckets = {call: tuple(counts) for call, counts in own.buckets.items()}
        return Totals(own.requests, own.failed, buckets, *by_labels)

    def answered(self, scenario: str, strategy: str) -> None:
        """Counts a recommendation response."""
        self._answers.add(1, {"scenario": scenario, "strategy": strategy})

    def repeated(self, scenario: str) -> None:
        """Counts a recommendation response that was sent again."""
        self._repeated.add(1, {"scenario": scenario})

    def event_stored(self, kind: str, delay_seconds: float) -> None:
        """Records the time from an event to its acceptance."""
        self._event_delay.record(max(0.0, delay_seconds), {"kind": kind})

    def impression(self, scenario: str) -> None:
        """Counts an impression of an item recommended in this scenario."""
        self._impressions.add(1, {"scenario": scenario})

    def click(self, scenario: str) -> None:
        """Counts a click on an item recommended in this scenario."""
        self._clicks.add(1, {"scenario": scenario})

    def purchase(self, scenario: str) -> None:
        """Counts a purchase of an item recommended in this scenario."""
        self._purchases.add(1, {"scenario": scenario})

    def shopper_state(self, *, kept: bool) -> None:
        """Counts a personal list by its candidates, which were kept or made."""
        self._states.add(1, {"state": "kept" if kept else "made"})

    def profile_used(self, source: str, age_seconds: float) -> None:
        """Records the age of a profile that was `kept`, `cached` or just `read`."""
        if age_seconds < math.inf:  # The catalog was never read while it is down.
            self._profile_age.record(age_seconds, {"source": source})

    def loop_lag(self, seconds: float) -> None:
        """Records the delay of a timer."""
        self._loop_lag.record(seconds, {})

    def degraded(self, scenario: str, dependency: str) -> None:
        """Counts a recommendation response without data from `dependency`."""
        self._degraded.add(1, {"scenario": scenario, "dependency": dependency})

    def snapshot_swapped(self, served: ServedSnapshot) -> None:
        """Counts a switch to another snapshot."""
        self._swaps.add(1)
        self._snapshots.served = served
        if self._overlay_polled_at is None:
            self._overlay_polled_at = self._clock()

    def builds_recorded(self, record: RecordedBuilds) -> None:
        """Reports the builds that are recorded on the volume."""
        self._snapshots.builds = record

    def snapshot_loading(self, step: str, seconds: float) -> None:
        """Records the time of a step of loading a snapshot: `fetch` or `verify`."""
        self._loading.record(seconds, {"step": step})

    def snapshot_unreachable(self) -> None:
        """Counts a poll without an answer of the storage."""
        self._outages.add(1)

    def snapshot_refused(self) -> None:
        """Counts a rejected snapshot."""
        self._refusals.add(1)

    def catalog_called(self, operation: str, seconds: float) -> None:
        """Records the duration of one attempt of a call, such as `user_purchases`."""
        self._catalog_calls.record(seconds, {"operation": operation})

    def catalog_failed(self, operation: str, error: str) -> None:
        """Counts a failed catalog call by operation and error class."""
        self._catalog_errors.add(1, {"operation": operation, "error": error})

    def catalog_faults(self, record: str, fault: str, count: int) -> None:
        """Counts records of one kind, such as `product`, with a fault, `invalid` or `future`."""
        self._catalog_faults.add(count, {"record": record, "fault": fault})

    def overlay_refreshed(self, polled_at: float) -> None:
        """Records the time of a successful poll, in seconds since the epoch."""
        self._overlay_polled_at = polled_at

    def database_failed(self) -> None:
        """Counts a request that failed because the database did."""
        self._database_errors.add(1)

    def limited(self, limit: str) -> None:
        """Counts a request rejected by a rate limit, `client` or `shopper`."""
        self._limited.add(1, {"limit": limit})

    def shed(self) -> None:
        """Counts a request rejected at the limit of concurrent requests."""
        self._shed.add(1)

    def timed_out(self) -> None:
        """Counts a request cancelled by the time limit."""
        self._timed_out.add(1)

    def issuers_known(self, keys_available: Callable[[], Mapping[str, bool]]) -> None:
        """Reports at each scrape by issuer whether the latest fetch of its keys succeeded."""
        self._keys_available = keys_available

    def in_flight(self, requests: int) -> None:
        """Sets the number of requests in progress."""
        self._in_flight = requests

    def _observe_overlay(self, _: CallbackOptions) -> Iterable[Observation]:
        return (
            [] if self._overlay_polled_at is None else [Observation(self._clock() - self._overlay_polled_at)]
        )

    def _observe_issuers(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(int(up), {"issuer": name}) for name, up in self._keys_available().items()]
