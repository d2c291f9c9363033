"""Times that are numbers.

They are epochs, serial days, digits of a date, and counts of days or orders.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_UNITS = {
    9: 1, 10: 1, 12: 10**3, 13: 10**3, 15: 10**6, 16: 10**6, 18: 10**9, 19: 10**9,
}  # fmt: skip
_NAMES = {1: "seconds", 1_000: "milliseconds", 1_000_000: "microseconds", 1_000_000_000: "nanoseconds"}

ROW_ORDER = "made up in the order of the rows"
"""Description of the times of rows without any."""


@dataclass(frozen=True)
class Form:
    """A form of times, with SQL that reads it."""

    sql: str
    zoned: bool
    description: str


def counted_forms(value: str, pattern: str, example: str) -> Iterator[Form]:
    """Yields forms of numbers: epochs by magnitude, serial days, digits of a date."""
    digits = len(pattern.partition(".")[0])
    guard = f"regexp_full_match({value}, '[0-9]{{{digits}}}(\\.[0-9]+)?')"
    whole = f"(CASE WHEN {guard} THEN regexp_extract({value}, '^[0-9]+') END)"
    written = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}.get(digits)
    if written and re.match(r"(19|20)\d\d(0[1-9]|1[0-2])[0-3]\d", example):
        yield Form(f"try_strptime({whole}, '{written}')", False, "digits of the date")
    elif digits in _UNITS:
        unit = _UNITS[digits]
        micros = f"try_cast(round(try_cast({value} AS DECIMAL(38, 6)) * 1000000 / {unit}) AS BIGINT)"
        read = f"timezone('UTC', make_timestamp(CASE WHEN {guard} THEN {micros} END))"
        yield Form(read, True, f"{_NAMES[unit]} since 1970")
    elif digits == 5:
        # Day 1 is 1900-01-01, and 1900 counts as a leap year, so that the days from 1900-03-01 begin at 1899-12-30.
        micros = f"try_cast(round(try_cast({value} AS DOUBLE) * 86400) AS BIGINT) * 1000000"
        read = f"make_timestamp(-2209161600000000 + CASE WHEN {guard} THEN {micros} END)"
        yield Form(read, False, "serial days of a spreadsheet")


def count_form(value: str) -> Form:
    """Returns the form of numbers of days or orders, counted from a made-up day."""
    is_count = f"regexp_full_match({value}, '[0-9]{{1,4}}(\\.0+)?')"
    count = f"CASE WHEN {is_count} THEN try_cast({value} AS DOUBLE)::INTEGER END"
    return Form(f"(DATE '2000-01-01' + {count})::TIMESTAMP", False, "numbers as days from 2000-01-01")


def row_form(line: str) -> Form:
    """Returns the form of made-up times of rows, a second apart."""
    return Form(f"make_timestamp(946684800000000 + {line} * 1000000)", False, ROW_ORDER)
