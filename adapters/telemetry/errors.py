"""What can go wrong when telemetry starts."""


class TelemetryError(Exception):
    """Telemetry cannot start as configured; the message says which setting to change."""
