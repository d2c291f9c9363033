"""Points in time as the database holds them: microseconds since 1970, UTC.

Integers compare alike in SQLite and PostgreSQL and cost nothing to read; datetimes live at the edges only.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Tells the time, as an aware datetime."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = -2_208_988_800_000_000
"""1900-01-01T00:00:00Z."""
LATEST = 253_370_764_799_999_999
"""The end of 9998, so that no time zone moves a time past year 9999."""

_MICROSECOND = timedelta(microseconds=1)


def system_clock() -> datetime:
    """The time now."""
    return datetime.now(UTC)


def to_micros(value: datetime) -> int:
    """Microseconds since 1970; raises ValueError without a time zone or outside the years 1900 to 9998."""
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone; write it as in 2026-05-17T09:30:00Z")
    micros = (value - EPOCH) // _MICROSECOND
    if not EARLIEST <= micros <= LATEST:
        raise ValueError(f"{value.isoformat()} is outside of the years 1900 to 9998")
    return micros


def from_micros(value: int) -> datetime:
    """The aware datetime (UTC) of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=value)


def parse_instant(text: str) -> int:
    """Microseconds since 1970 of an ISO 8601 text; one without a time zone is UTC. Raises ValueError."""
    value = datetime.fromisoformat(text.strip().upper())
    return to_micros(value if value.tzinfo is not None else value.replace(tzinfo=UTC))
