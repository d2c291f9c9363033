"""What a deployable tells its telemetry; plain values, so that nothing here reads settings."""

from dataclasses import dataclass
from typing import Literal

LogFormat = Literal["auto", "json", "console"]


@dataclass(frozen=True)
class TelemetryConfig:
    """How one process logs, traces and measures.

    Attributes:
        service_name: name of the deployable in traces and metrics, such as `recommender-service`.
        version: version of the deployable.
        log_level: lowest level that is written: debug, info, warning, error or critical.
        log_format: `json`, `console`, or `auto`: console on a terminal and JSON elsewhere.
        otlp_endpoint: base URL of an OTLP/HTTP collector (`http://collector:4318`); None turns traces off.
        trace_sample_ratio: share of new traces to keep, 0 to 1; a caller's own decision wins.
        metrics_host: address that the Prometheus endpoint binds to.
        push_metrics: whether metrics are sent to the collector too, every minute and at the end: for jobs that end
            before anyone asks.
        metrics_port: port of the Prometheus endpoint, 0 for any free one; None turns metrics off.
    """

    service_name: str
    version: str
    log_level: str = "info"
    log_format: LogFormat = "auto"
    otlp_endpoint: str | None = None
    trace_sample_ratio: float = 1.0
    push_metrics: bool = False
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
