"""Numbers and times in plain forms, which casts read during parsing.

Other forms are found over the distinct values of a column, which takes many times as long.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from purchase_files import engine
from purchase_files.engine import READ, Connection, row
from purchase_files.values.distinct import distinct_values, holds

_NUMBERS = ("quantity", "quantity_canceled", "quantity_refunded", "price", "line_total")
_NUMBER = r"-?\d+(\.\d+)?"
_COMMA_NUMBER = r"-?\d+(,\d+)?"
_DECIMAL_COMMA = re.compile(r"-?\d+,(\d\d?|\d{4,})")
"""Numbers whose comma separates no thousands."""
_TIME = r"(?:[03-9]\d|1[0-25-9]|2[0-46-9])\d{2}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?"
_WITHOUT_TEXTS = ("quantity", "price", "purchased_at")


@dataclass(frozen=True)
class TimeFormat:
    """A format of times, for the engine and in words."""

    format: str
    description: str


@dataclass(frozen=True)
class Casts:
    """Columns that a cast may read.

    Attributes:
        kinds: SQL types by index of the column.
        textless: indexes of the columns whose texts nothing needs, if the cast reads every value.
        times: format of the times among `textless`.
        price: index of the column of prices, if there is one.
        decimal: character before the decimals of numbers among `textless`.
    """

    kinds: Mapping[int, str] = field(default_factory=dict)
    textless: frozenset[int] = frozenset()
    times: TimeFormat | None = None
    price: int | None = None
    decimal: str = "."


def casts_of(
    columns: Sequence[str],
    sample: Sequence[Sequence[str | None]],
    fields: Mapping[str, int],
    day_first: TimeFormat | None = None,
    *,
    keep_texts: bool = True,
) -> Casts:
    """Returns the columns that a cast may read.

    Args:
        columns: names of the columns.
        sample: values of the first rows.
        fields: index of the column by field.
        day_first: format of times that begin with the day or the month, if the sample decides it.
        keep_texts: True if the texts of all columns are needed.
    """
    if any(name[:1].isdigit() for name in columns):
        return Casts()  # a header among the rows would be read as values
    values = {index: [row[index] for row in sample if row[index]] for index in fields.values()}
    numbers = [fields[field] for field in _NUMBERS if field in fields]
    comma = not keep_texts and any(
        map(_DECIMAL_COMMA.fullmatch, (v for index in numbers for v in values[index] if v))
    )
    kinds = dict.fromkeys(numbers, ("DOUBLE", _COMMA_NUMBER if comma else _NUMBER))
    if "purchased_at" in fields:
        kinds[fields["purchased_at"]] = ("TIMESTAMP", ".*" if day_first and not keep_texts else _TIME)
    found = {
        index: kind
        for index, (kind, form) in kinds.items()
        if values[index] and all(re.fullmatch(form, value) for value in values[index] if value)
    }
    textless = {fields[name] for name in _WITHOUT_TEXTS if name in fields and fields[name] in found}
    price = fields.get("price")
    if price in textless and any((row[price] or "").startswith("-") for row in sample):
        textless.discard(price)
    time = fields.get("purchased_at")
    form = day_first or _time_format([row[time] or "" for row in sample]) if time in found else None
    if form is None and time is not None:
        textless.discard(time)
    if comma:  # texts are cast with a decimal point
        found = {index: kind for index, kind in found.items() if index in textless}
    return Casts(
        found, frozenset() if keep_texts else frozenset(textless), form, price, "," if comma else "."
    )


def _time_format(times: Sequence[str]) -> TimeFormat | None:
    """Returns the format of times that all have the same one."""
    shapes = {(len(time), time[10:11]) for time in times}
    if len(shapes) != 1:
        return None
    [(length, gap)] = shapes
    formats = {10: "%Y-%m-%d", 16: f"%Y-%m-%d{gap}%H:%M", 19: f"%Y-%m-%d{gap}%H:%M:%S"}
    return TimeFormat(formats[length], "year-month-day")


def read_column(connection: Connection, table: str, column: str) -> str | None:
    """Returns SQL for the values of a column that a cast read, or None."""
    read = READ + column
    return engine.name(read) if read in engine.columns(connection, table) else None


def has_text(connection: Connection, table: str, column: str) -> bool:
    """True if a table has the texts of a column.

    Otherwise, it has only the values that a cast read.
    """
    return column in engine.columns(connection, table)


def all_read(casts: Casts) -> str:
    """Returns SQL that is true if casts read all of the columns without texts.

    Their values are finite numbers, no price is negative (such a row is a return), and each row has a time.
    """
    checks = [
        f"count({column}) = count(*)"
        if casts.kinds[index] == "TIMESTAMP"
        else f"coalesce(bool_and(isfinite({column}){' AND ' + column + ' >= 0' if index == casts.price else ''}), true)"
        for index in sorted(casts.textless)
        for column in [engine.name(f"{READ}c{index}")]
    ]
    return " AND ".join(checks) or "true"


def drop_partial_casts(connection: Connection, table: str, casts: Mapping[int, str]) -> None:
    """Drops the columns of casts that did not read all values."""
    if not casts:
        return
    names = {index: engine.name(f"{READ}c{index}") for index in casts}
    checks = ", ".join(
        f"count(c{index}) = count({column}) AND coalesce(bool_and(isfinite({column})), true)"
        for index, column in names.items()
    )
    are_read = row(connection, f"SELECT {checks} FROM {engine.name(table)}")
    for (index, kind), is_read in zip(casts.items(), are_read, strict=True):
        column = names[index]
        if not is_read or (kind == "TIMESTAMP" and not _are_plain(connection, table, f"c{index}")):
            connection.execute(f"ALTER TABLE {engine.name(table)} DROP COLUMN {column}")


def _are_plain(connection: Connection, table: str, column: str) -> bool:
    """True if no time has a zone or another form.

    A cast would read them, too.
    """
    values = distinct_values(connection, table, column)
    [other] = holds(connection, values, f"NOT regexp_full_match(v, {engine.text(_TIME)})")
    return not other
