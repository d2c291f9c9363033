"""Logs, traces and metrics of a process, used by service and indexer.

TelemetryError is raised if telemetry cannot start as configured. Running telemetry never fails a request.
"""

from adapters.telemetry.config import LogFormat, TelemetryConfig
from adapters.telemetry.errors import TelemetryError
from adapters.telemetry.logs import adopt_loggers
from adapters.telemetry.metrics import IndexerMetrics, ServiceMetrics
from adapters.telemetry.stages import ObservedStages, SilentStages
from adapters.telemetry.start import Telemetry, start_telemetry

__all__ = [
    "IndexerMetrics",
    "LogFormat",
    "ObservedStages",
    "ServiceMetrics",
    "SilentStages",
    "Telemetry",
    "TelemetryConfig",
    "TelemetryError",
    "adopt_loggers",
    "start_telemetry",
]
