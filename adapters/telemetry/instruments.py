"""Counters and histograms that cost little for each measurement.

OpenTelemetry copies, checks and hashes the attributes of every measurement, which takes 10 µs. Here they are counted in
this process, and handed over when the metrics are read.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Protocol

from opentelemetry.metrics import CallbackOptions, Histogram, Meter, Observation
from prometheus_client import CollectorRegistry
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

from adapters.telemetry.declared.metric import Metric

Attributes = Mapping[str, str | int]


class Durations(Protocol):
    """A histogram of durations."""

    def record(self, amount: float, attributes: Attributes) -> None:
        """Records a duration in seconds."""
        ...


def histogram(meter: Meter, metric: Metric) -> Histogram:
    """Creates the instrument of a declared histogram."""
    return meter.create_histogram(
        metric.name,
        unit=metric.unit,
        description=metric.description,
        explicit_bucket_boundaries_advisory=metric.buckets,
    )


class Counter:
    """A counter with attributes."""

    def __init__(self, meter: Meter, metric: Metric) -> None:
        # Without labels it starts at 0, because Prometheus sees no increase in the first value of a series.
        self._totals: dict[tuple[str | int, ...], int] = {} if metric.labels else {(): 0}
        self._labels = metric.labels
        meter.create_observable_counter(
            metric.name, callbacks=[self._observe], unit=metric.unit, description=metric.description
        )

    def add(self, amount: int, attributes: Attributes | None = None) -> None:
        """Adds to the total of these attributes, in the order of the metric's labels."""
        key = tuple(attributes.values()) if attributes else ()
        self._totals[key] = self._totals.get(key, 0) + amount

    def _observe(self, _: CallbackOptions) -> Iterable[Observation]:
        totals = list(self._totals.items())
        return [Observation(total, dict(zip(self._labels, key, strict=True))) for key, total in totals]

    def totals(self) -> dict[tuple[str | int, ...], int]:
        """The current totals by the values of the labels."""
        return dict(self._totals)


class PrometheusDurations(Collector):
    """A histogram for Prometheus alone.

    Args:
        registry: exports it.
        metric: the declaration. Recorded attributes are in the order of its labels.
    """

    def __init__(self, registry: CollectorRegistry, metric: Metric) -> None:
        self._metric = metric
        self._buckets = metric.buckets
        self._series: dict[tuple[str | int, ...], list[float]] = {}
        registry.register(self)

    def record(self, amount: float, attributes: Attributes) -> None:
        """See `Durations`."""
        key = tuple(attributes.values())
        series = self._series.get(key)
        if series is None:
            # One count for each bucket and beyond the last bound, then the sum.
            series = self._series[key] = [0.0] * (len(self._buckets) + 2)
        series[bisect_left(self._buckets, amount)] += 1
        series[-1] += amount

    def collect(self) -> Iterable[HistogramMetricFamily]:
        """Returns the family for a scrape."""
        metric = self._metric
        family = HistogramMetricFamily(metric.prometheus_name, metric.description, labels=metric.labels)
        bounds = [*map(str, metric.buckets), "+Inf"]
        for key, (*counts, total) in list(self._series.items()):
            buckets = list(zip(bounds, accumulate(counts), strict=True))
            family.add_metric([str(value) for value in key], buckets, total)
        return [family]
