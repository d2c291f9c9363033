"""The declaration of a metric, the source of instrument and documentation."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True)
class Metric:
    """Declaration of one metric.

    Attributes:
        name: OpenTelemetry name.
        prometheus_name: name in Prometheus.
        kind: type of the instrument.
        unit: unit in UCUM notation.
        labels: names of the Prometheus labels.
        description: help text.
        buckets: bucket boundaries of a histogram.
    """

    name: str
    prometheus_name: str
    kind: Kind
    unit: str
    labels: tuple[str, ...]
    description: str
    buckets: tuple[float, ...] = ()
