"""Errors of starting telemetry."""


class TelemetryError(Exception):
    """Telemetry cannot start as configured. The message names the setting."""


class MetricsPortTaken(TelemetryError):
    """Another process listens on the port of the metrics endpoint."""
