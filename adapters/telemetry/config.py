"""Configuration of telemetry as plain values, independent of settings."""

from dataclasses import dataclass
from typing import Literal

LogFormat = Literal["auto", "json", "console"]


@dataclass(frozen=True)
class TelemetryConfig:
    """Configuration of one process's logs, traces and metrics.

    Attributes:
        service_name: name of the process in traces and metrics, such as `recommender-service`.
        version: version of the process.
        log_level: lowest level to log: debug, info, warning, error or critical.
        log_format: `json`, `console`, or `auto` for console on a terminal and JSON elsewhere.
        lossy_logs: True for a server, which loses log lines that nobody reads, instead of waiting.
        otlp_endpoint: base URL of an OTLP/HTTP collector (`http://collector:4318`). None disables traces.
        trace_sample_ratio: share of new traces to keep, 0 to 1. A caller's sampling decision takes precedence.
        push_metrics: True to send metrics to the collector every minute and at the end, for short jobs that no
            Prometheus scrapes.
        metrics_host: address that the Prometheus endpoint binds to.
        metrics_port: port of the Prometheus endpoint, 0 for any free port. None disables the endpoint.
        exit_seconds: limit of the wait for the collector at the end of the process.
    """

    service_name: str
    version: str
    log_level: str = "info"
    log_format: LogFormat = "auto"
    lossy_logs: bool = False
    otlp_endpoint: str | None = None
    trace_sample_ratio: float = 1.0
    push_metrics: bool = False
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    exit_seconds: float = 5.0
