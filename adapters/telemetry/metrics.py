"""Instruments of the declared metrics, one class per process."""

import time
from collections.abc import Callable, Iterable, Mapping

from opentelemetry.metrics import CallbackOptions, Histogram, Meter, Observation
from opentelemetry.metrics import _Gauge as Gauge

from adapters.telemetry.declarations import (
    ANSWERS,
    BUILD_ANN_RECALL,
    BUILD_DURATION,
    BUILD_NDCG,
    BUILD_PRODUCTS,
    BUILD_PUBLISHED,
    BUILD_PURCHASES,
    BUILD_REFUSED,
    BUILD_REJECTED,
    CATALOG_ERRORS,
    CATALOG_FAULTS,
    CLICKS,
    DEGRADED,
    HTTP_DURATION,
    IMPRESSIONS,
    IN_FLIGHT,
    LIMITED,
    OVERLAY_AGE,
    REPEATED,
    SHED,
    SNAPSHOT_INFO,
    SNAPSHOT_REFUSALS,
    SNAPSHOT_SWAPS,
    TIMED_OUT,
    Metric,
)
from adapters.telemetry.instruments import Counter, Durations


def histogram(meter: Meter, metric: Metric) -> Histogram:
    """Creates the instrument of a declared histogram."""
    return meter.create_histogram(
        metric.name,
        unit=metric.unit,
        description=metric.description,
        explicit_bucket_boundaries_advisory=metric.buckets,
    )


class ServiceMetrics:
    """Instruments of the service.

    All labels are set here, so that ids never become labels.

    Args:
        meter: creates the instruments.
        clock: seconds since the epoch, for the overlay's age at each scrape.
        durations: records the durations of HTTP requests. None: an instrument of `meter`.
    """

    def __init__(
        self, meter: Meter, clock: Callable[[], float] = time.time, durations: Durations | None = None
    ) -> None:
        self._clock = clock
        self._served_version: str | None = None
        self._overlay_polled_at: float | None = None
        self._http_duration = durations or histogram(meter, HTTP_DURATION)
        self._answers = Counter(meter, ANSWERS)
        self._repeated = Counter(meter, REPEATED)
        self._impressions = Counter(meter, IMPRESSIONS)
        self._clicks = Counter(meter, CLICKS)
        self._degraded = Counter(meter, DEGRADED)
        self._swaps = Counter(meter, SNAPSHOT_SWAPS)
        self._refusals = Counter(meter, SNAPSHOT_REFUSALS)
        self._catalog_errors = Counter(meter, CATALOG_ERRORS)
        self._catalog_faults = Counter(meter, CATALOG_FAULTS)
        self._limited = Counter(meter, LIMITED)
        self._shed = Counter(meter, SHED)
        self._timed_out = Counter(meter, TIMED_OUT)
        self._in_flight = 0
        # Observed at each scrape, since a gauge that is set would keep the previous versions.
        _observed_gauge(meter, SNAPSHOT_INFO, self._observe_snapshot)
        _observed_gauge(meter, OVERLAY_AGE, self._observe_overlay)
        _observed_gauge(meter, IN_FLIGHT, lambda _: [Observation(self._in_flight)])

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Records an HTTP request. `route` is the template (`/v1/users/{user_id}/…`)."""
        self._http_duration.record(
            seconds,
            {"http.request.method": method, "http.route": route, "http.response.status_code": status},
        )

    def answered(self, scenario: str, strategy: str) -> None:
        """Counts a recommendation response."""
        self._answers.add(1, {"scenario": scenario, "strategy": strategy})

    def repeated(self, scenario: str) -> None:
        """Counts a recommendation response that was sent again."""
        self._repeated.add(1, {"scenario": scenario})

    def impression(self, scenario: str) -> None:
        """Counts an impression of an item recommended in this scenario."""
        self._impressions.add(1, {"scenario": scenario})

    def click(self, scenario: str) -> None:
        """Counts a click on an item recommended in this scenario."""
        self._clicks.add(1, {"scenario": scenario})

    def degraded(self, dependency: str) -> None:
        """Counts a response without data from `dependency`."""
        self._degraded.add(1, {"dependency": dependency})

    def snapshot_swapped(self, version: str) -> None:
        """Counts a switch to the snapshot `version`."""
        self._swaps.add(1)
        self._served_version = version

    def snapshot_refused(self) -> None:
        """Counts a rejected snapshot."""
        self._refusals.add(1)

    def catalog_failed(self, operation: str, error: str) -> None:
        """Counts a failed catalog call by operation and error class."""
        self._catalog_errors.add(1, {"operation": operation, "error": error})

    def catalog_faults(self, record: str, fault: str, count: int) -> None:
        """Counts records of one kind, such as `product`, with a fault, `invalid` or `future`."""
        self._catalog_faults.add(count, {"record": record, "fault": fault})

    def overlay_refreshed(self, polled_at: float) -> None:
        """Records the time of a successful poll, in seconds since the epoch."""
        self._overlay_polled_at = polled_at

    def limited(self, limit: str) -> None:
        """Counts a request rejected by a rate limit, `client` or `shopper`."""
        self._limited.add(1, {"limit": limit})

    def shed(self) -> None:
        """Counts a request rejected at the limit of concurrent requests."""
        self._shed.add(1)

    def timed_out(self) -> None:
        """Counts a request cancelled by the time limit."""
        self._timed_out.add(1)

    def in_flight(self, requests: int) -> None:
        """Sets the number of requests in progress."""
        self._in_flight = requests

    def _observe_snapshot(self, _: CallbackOptions) -> Iterable[Observation]:
        return [] if self._served_version is None else [Observation(1, {"version": self._served_version})]

    def _observe_overlay(self, _: CallbackOptions) -> Iterable[Observation]:
        return (
            [] if self._overlay_polled_at is None else [Observation(self._clock() - self._overlay_polled_at)]
        )


class IndexerMetrics:
    """Instruments of the indexer."""

    def __init__(self, meter: Meter) -> None:
        self._duration = _gauge(meter, BUILD_DURATION)
        self._products = _gauge(meter, BUILD_PRODUCTS)
        self._purchases = _gauge(meter, BUILD_PURCHASES)
        self._rejected = _gauge(meter, BUILD_REJECTED)
        self._recall = _gauge(meter, BUILD_ANN_RECALL)
        self._ndcg = _gauge(meter, BUILD_NDCG)
        self._published = Counter(meter, BUILD_PUBLISHED)
        self._refused = Counter(meter, BUILD_REFUSED)

    def built(self, seconds: float, products: int, purchases: int, measured: Mapping[str, float]) -> None:
        """Records a finished build. `measured` holds the metrics of its manifest."""
        self._duration.set(seconds)
        self._products.set(products)
        self._purchases.set(purchases)
        self._recall.set(measured["ann_recall_at_20"])
        for of, name in (("served", "ndcg_at_20"), ("popularity", "popularity_ndcg_at_20")):
            if name in measured:
                self._ndcg.set(measured[name], {"of": of})

    def rejected(self, record: str, count: int) -> None:
        """Records how many records of one kind, such as `product`, a build skipped."""
        self._rejected.set(count, {"record": record})

    def refused(self, rule: str) -> None:
        """Counts a snapshot rejected by a rule of the quality gate."""
        self._refused.add(1, {"rule": rule})

    def published(self) -> None:
        """Counts a published snapshot."""
        self._published.add(1)


def _gauge(meter: Meter, metric: Metric) -> Gauge:
    return meter.create_gauge(metric.name, unit=metric.unit, description=metric.description)


def _observed_gauge(
    meter: Meter, metric: Metric, observe: Callable[[CallbackOptions], Iterable[Observation]]
) -> None:
    meter.create_observable_gauge(
        metric.name, callbacks=[observe], unit=metric.unit, description=metric.description
    )
