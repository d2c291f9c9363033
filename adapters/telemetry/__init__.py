"""Logs, traces and metrics of a process, used by service and indexer.

TelemetryError is raised if telemetry cannot start as configured. Running telemetry never fails a request.
"""

from adapters.telemetry.config import LogFormat, TelemetryConfig
from adapters.telemetry.errors import MetricsPortTaken, TelemetryError
from adapters.telemetry.indexer_metrics import IndexerMetrics
from adapters.telemetry.logs import adopt_loggers
from adapters.telemetry.service_metrics import ServiceMetrics
from adapters.telemetry.snapshot_gauges import RecordedBuilds, ServedSnapshot
from adapters.telemetry.stages import ObservedStages, SilentStages
from adapters.telemetry.start import Telemetry, start_telemetry

__all__ = [
    "IndexerMetrics",
    "LogFormat",
    "MetricsPortTaken",
    "ObservedStages",
    "RecordedBuilds",
    "ServedSnapshot",
    "ServiceMetrics",
    "SilentStages",
    "Telemetry",
    "TelemetryConfig",
    "TelemetryError",
    "adopt_loggers",
    "start_telemetry",
]
