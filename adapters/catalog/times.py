"""Times of the catalog, bounded so that every conversion to UTC succeeds."""

import re
from datetime import UTC, datetime, timedelta

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)
"""No time zone moves a time between both out of the years that Python knows."""

_OVERFLOWING = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt ])(?:(\d\d:\d\d):60|(24):00:00)([.]\d+)?([Zz]|[+-]\d\d:?\d\d)"
)
"""RFC 3339 writes a leap second as `:60`, and ISO 8601 allows `24:00:00` for the end of a day."""


def is_valid_time(value: datetime) -> bool:
    """Returns whether a time lies in the years 1900 to 9998."""
    return EARLIEST <= value <= LATEST


def clamp(value: datetime) -> datetime:
    """Returns the nearest time within the years 1900 to 9998."""
    return min(max(value, EARLIEST), LATEST)


def without_overflow(text: str) -> str:
    """Rewrites a leap second or the hour 24 as the instant that follows.

    Other texts stay as they are.
    """
    found = _OVERFLOWING.fullmatch(text)
    if found is None:
        return text
    day, minute, midnight, _, zone = found.groups()
    start = f"{day}23:59:59{zone}" if midnight else f"{day}{minute}:59{zone}"
    try:
        return (datetime.fromisoformat(start.upper()) + timedelta(seconds=1)).isoformat()
    except (ValueError, OverflowError):
        return text
