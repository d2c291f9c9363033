"""Time limits of Redis in tests."""

from adapters.cache import RedisBounds

PATIENT = RedisBounds(
    connect_seconds=20,
    read_seconds=20,
    total_seconds=60,
    probe_seconds=0.05,
    max_connections=4,
    silence_seconds=60,
)
"""No busy machine exceeds these."""
