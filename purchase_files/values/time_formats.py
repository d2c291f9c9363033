"""Formats of times, as the engine parses them."""

import re
from collections.abc import Sequence
from typing import Literal

from purchase_files.errors import RefusedFile
from purchase_files.values.casts import TimeFormat
from purchase_files.values.day_orders import DayOrder

_ZONE = r"(?P<zone>\s?(?:Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d))?"
_TIME = (
    r"(?:(?P<gap>[T ]|, | at |  )(?P<hour>\d{1,2}):\d\d(?P<second>:\d\d)?(?P<fraction>[.,]\d+)?"
    r"(?P<half>\s?[AaPp]\.?[Mm]\.?)?" + _ZONE + ")?"
)
_MONTH, _YEAR = r"(?P<month>[A-Za-z]{3,9})", r"(?P<year>\d{4}|\d\d)"
_DATES = (
    ("ymd", re.compile(r"(?P<date>\d{4}(?P<by>[-/.])\d{1,2}(?P=by)\d{1,2})" + _TIME)),
    ("day", re.compile(r"(?P<date>\d{1,2}(?P<by>[-/. ])\d{1,2}(?P=by)(?P<year>\d{4}|\d\d))" + _TIME)),
    ("dbY", re.compile(r"(?P<date>\d{1,2}(?P<by>[-/. ])" + _MONTH + r"(?P<dot>[-/., ]+)" + _YEAR + ")" + _TIME)),
    ("bdY", re.compile(r"(?P<date>" + _MONTH + r"(?P<by>[-. ]+)\d{1,2}(?P<dot>,? ?|-)" + _YEAR + ")" + _TIME)),
)  # fmt: skip
_MONTHS = 12
OTHER_YEAR = re.compile(r"25\d\d|1[34]\d\d")
"""Years of the Buddhist, Islamic and Iranian calendars around 2000."""
WEEKDAY = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? ")
"""A day of the week before a date."""


def matched(example: str) -> tuple[str, re.Match[str]] | None:
    """Returns the kind of a time, and its parts.

    It is None for an unknown form. Kinds are "ymd", "day" (or month first), "dbY" and "bdY".
    """
    bare = WEEKDAY.sub("", example, count=1) if WEEKDAY.match(example) else example
    for kind, pattern in _DATES:
        found = pattern.fullmatch(bare)
        if found:
            return kind, found
    return None


def date_format(kind: str, parts: re.Match[str], order: DayOrder | Literal["ymd"]) -> tuple[str, str]:
    """Returns the format of a date for `strptime`, and in words."""
    by = parts["by"]
    if kind == "ymd":
        return f"%Y{by}%m{by}%d", f"year{by}month{by}day"
    year = "%Y" if len(parts["year"]) == 4 else "%y"
    if kind == "day" and order == "ymd":
        return f"%y{by}%m{by}%d", f"year{by}month{by}day"
    if kind == "day":
        first, second = ("%d", "%m") if order == "dmy" else ("%m", "%d")
        words = ("day", "month") if order == "dmy" else ("month", "day")
        return f"{first}{by}{second}{by}{year}", f"{words[0]}{by}{words[1]}{by}year"
    month = "%b" if len(parts["month"]) == 3 else "%B"
    if kind == "dbY":
        return f"%d{by}{month}{parts['dot']}{year}", "day, name of the month, year"
    return f"{month}{by}%d{parts['dot']}{year}", "name of the month, day, year"


def time_format(parts: re.Match[str]) -> str:
    """Returns the format of the time of day for `strptime`."""
    if not parts["hour"]:
        return ""
    half = parts["half"] or ""
    hour = "%I" if half else "%H"
    fraction = parts["fraction"][0] + "%f" if parts["fraction"] else ""
    marker = half[: len(half) - len(half.lstrip())] + "%p" if half else ""
    zone = parts["zone"] or ""
    offset = zone[: len(zone) - len(zone.lstrip())] + "%z" if zone else ""
    return f"{parts['gap']}{hour}:%M{':%S' if parts['second'] else ''}{fraction}{marker}{offset}"


def day_first_format(times: Sequence[str], order: DayOrder | None) -> TimeFormat | None:
    """Returns the format of times that begin with the day or the month.

    It is None unless all have the same one.

    Args:
        times: times of a sample.
        order: order of day and month, or None if the sample has to decide it.
    """
    found = [matched(time) for time in times if not WEEKDAY.match(time)]
    parts = [match for kind, match in filter(None, found) if kind == "day" and not match["zone"]]
    if not parts or len(parts) != len(times) or any(len(part["year"]) != 4 for part in parts):
        return None
    if any(OTHER_YEAR.fullmatch(part["year"]) for part in parts):
        return None
    chosen = order or _decided_order([part["date"] for part in parts])
    if chosen is None:
        return None
    formats = {(*date_format("day", part, chosen), time_format(part)) for part in parts}
    if len(formats) != 1:
        return None
    [(date, description, time)] = formats
    return TimeFormat(date + time, description)


def _decided_order(dates: Sequence[str]) -> DayOrder | None:
    """Returns the order of day and month if days after the 12th tell it."""
    days = [re.split(r"[-/. ]", date) for date in dates]
    first, second = (any(int(day[place]) > _MONTHS for day in days) for place in (0, 1))
    return None if first == second else "dmy" if first else "mdy"


def check_calendar(label: str, examples: Sequence[str]) -> None:
    """Checks that dates have years of the Gregorian calendar.

    Raises:
        RefusedFile: they look like those of another calendar.
    """
    years = [_year_of(text) for text in examples]
    if years and all(map(OTHER_YEAR.fullmatch, years)):
        raise RefusedFile(
            f"{label}: dates such as {examples[0]!r} look like those of the Islamic or the Iranian calendar. Export "
            "them with years such as 2024"
        )


def _year_of(text: str) -> str:
    """Returns the year of four digits in a date, empty without one."""
    found = matched(text)
    year = re.search(r"\d{4}", found[1]["date"]) if found else None
    return year[0] if year else ""
