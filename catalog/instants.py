"""Times as microseconds since 1970 in UTC, the form in the database.

Integers compare alike in SQLite and PostgreSQL and are fast to read. Datetimes are used only in requests and responses.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Returns the current time as an aware datetime."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = -2_208_988_800_000_000
"""1900-01-01T00:00:00Z."""
LATEST = 253_370_764_799_999_999
"""End of the year 9998, so that no time zone offset leads past the year 9999."""

_MICROSECOND = timedelta(microseconds=1)


def system_clock() -> datetime:
    """Returns the current time in UTC."""
    return datetime.now(UTC)


def to_micros(value: datetime) -> int:
    """Converts an aware datetime to microseconds since 1970.

    Raises:
        ValueError: no time zone, or outside of the years 1900 to 9998.
    """
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone. Write it as in 2026-05-17T09:30:00Z")
    micros = (value - EPOCH) // _MICROSECOND
    if not EARLIEST <= micros <= LATEST:
        raise ValueError(f"{value.isoformat()} is outside of the years 1900 to 9998")
    return micros


def from_micros(value: int) -> datetime:
    """Converts microseconds since 1970 to a datetime in UTC."""
    return EPOCH + timedelta(microseconds=value)


def parse_instant(text: str) -> int:
    """Converts an ISO 8601 text to microseconds since 1970, in UTC by default.

    Raises:
        ValueError: invalid text, or outside of the years 1900 to 9998.
    """
    value = datetime.fromisoformat(text.strip().upper())
    return to_micros(value if value.tzinfo is not None else value.replace(tzinfo=UTC))
