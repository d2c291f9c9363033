"""Gauges of the snapshot in use, and of recorded builds.

They are observed at each scrape, since a gauge that is set would keep the labels of previous snapshots.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from adapters.telemetry.declared.metric import Metric
from adapters.telemetry.declared.snapshot_metrics import (
    BUILD_SIZE,
    BUILD_TIME,
    BUILDS,
    SNAPSHOT_AGE,
    SNAPSHOT_INFO,
    SNAPSHOT_PURCHASES_AGE,
    SNAPSHOT_QUALITY,
)

Observe = Callable[[CallbackOptions], Iterable[Observation]]


@dataclass(frozen=True, slots=True)
class ServedSnapshot:
    """The snapshot in use, as it is reported.

    Attributes:
        created: time of the build that it comes from, in seconds since the epoch.
        latest_purchase: the same of the latest purchase in its data, or None without purchases.
        quality: measurements of its manifest by name.
    """

    version: str
    created: float
    latest_purchase: float | None
    quality: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class RecordedBuilds:
    """Outcomes of builds and refreshes, as recorded beside the snapshots.

    Attributes:
        counts: number of runs by kind (`build`, `refresh`) and outcome.
        times: seconds since the epoch of the latest run by kind and outcome.
        last: numbers of the latest published build by name.
    """

    counts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    times: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    last: Mapping[str, float] = field(default_factory=dict)


class SnapshotGauges:
    """Observes a snapshot and recorded builds.

    Attributes:
        served: the snapshot in use, None before the first.
        builds: empty until the record was read.
    """

    def __init__(self, meter: Meter, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.served: ServedSnapshot | None = None
        self.builds = RecordedBuilds()
        observed_gauge(meter, SNAPSHOT_INFO, self._info)
        observed_gauge(meter, SNAPSHOT_AGE, self._age)
        observed_gauge(meter, SNAPSHOT_PURCHASES_AGE, self._purchases_age)
        observed_gauge(meter, SNAPSHOT_QUALITY, self._quality)
        observed_gauge(meter, BUILD_TIME, lambda _: _outcomes(self.builds.times))
        observed_gauge(meter, BUILD_SIZE, lambda _: _labeled("measure", self.builds.last))
        meter.create_observable_counter(
            BUILDS.name,
            callbacks=[lambda _: _outcomes(self.builds.counts)],
            unit=BUILDS.unit,
            description=BUILDS.description,
        )

    def _info(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(1, {"version": self.served.version})] if self.served else []

    def _age(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(self._clock() - self.served.created)] if self.served else []

    def _purchases_age(self, _: CallbackOptions) -> Iterable[Observation]:
        latest = self.served.latest_purchase if self.served else None
        return [] if latest is None else [Observation(self._clock() - latest)]

    def _quality(self, _: CallbackOptions) -> Iterable[Observation]:
        return _labeled("measure", self.served.quality if self.served else {})


def _labeled(label: str, values: Mapping[str, float]) -> list[Observation]:
    return [Observation(value, {label: name}) for name, value in values.items()]


def _outcomes(by_kind: Mapping[str, Mapping[str, float]]) -> list[Observation]:
    return [
        Observation(value, {"kind": kind, "outcome": outcome})
        for kind, values in by_kind.items()
        for outcome, value in values.items()
    ]


def observed_gauge(meter: Meter, metric: Metric, observe: Observe) -> None:
    """Creates a gauge that is observed at each scrape."""
    meter.create_observable_gauge(
        metric.name, callbacks=[observe], unit=metric.unit, description=metric.description
    )
