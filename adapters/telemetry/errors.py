"""Errors of starting telemetry."""


class TelemetryError(Exception):
    """Telemetry cannot start as configured. The message names the setting."""
