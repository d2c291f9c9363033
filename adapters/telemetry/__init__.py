"""Logs, traces and metrics of a process, shared by the deployables.

Errors: TelemetryError, when telemetry cannot start as configured. Once started it never fails a request.
"""

from adapters.telemetry.config import LogFormat, TelemetryConfig
from adapters.telemetry.errors import TelemetryError
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
    "start_telemetry",
]
