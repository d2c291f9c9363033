"""Times in the forms of shop systems, spreadsheets and databases."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.errors import RefusedFile
from purchase_files.options import ReadingOptions
from purchase_files.values.casts import TimeFormat, read_column
from purchase_files.values.counted_times import Form, count_form, counted_forms
from purchase_files.values.day_orders import (
    DayOrder,
    begin_with_year,
    mixed,
    order_of_days,
    orders_of_signs,
)
from purchase_files.values.distinct import holds, read_once
from purchase_files.values.local_dates import in_english
from purchase_files.values.swapped_days import are_apart, swapped_back
from purchase_files.values.time_formats import WEEKDAY, check_calendar, date_format, matched, time_format
from purchase_files.values.zones import in_utc, zone_of

_MAX_SHAPES = 500
_SAMPLE = 20_000
_NINES = "'0123456789', '9999999999'"
_WHOLE = re.compile(r"9+(\.9+)?")
_WEEK = re.compile(r"\d{4}(?P<by>-?)W\d\d(?:(?P=by)(?P<day>\d))?")
_HOUR = re.compile(r"\d{4}(?P<by>[-/.])\d{1,2}(?P=by)\d{1,2}(?P<gap>[T ])\d{1,2}")
_ZONED = r":.*(Z|UTC|GMT|[+-]\d{2}(:?\d{2})?)$"


_END_OF_DAY = " 24:"
_PLAIN = "year-month-day"

IN_RANGE = "{} BETWEEN '1900-01-01'::TIMESTAMP AND '9998-12-31'::TIMESTAMP"
"""Condition for times that are not typing errors."""


_Shape = tuple[str, int, str, str]
"""Text with nines for digits, number of values, the least and the largest of them."""


@dataclass(frozen=True)
class Times:
    """The form of the times of a column.

    Attributes:
        sql: SQL for the time (TIMESTAMP, UTC), null for what is none. See `IN_RANGE`.
        description: the format in words.
        naive: True if a value names no time zone.
        made_up: True if the times are numbers in order, and the days are made up.
        swapped: True if the forms tell that a spreadsheet swapped days and months.
    """

    sql: str
    description: str
    naive: bool
    made_up: bool = False
    swapped: bool = False


def optional_times(connection: Connection, table: str, column: str, options: ReadingOptions) -> str:
    """Returns SQL for the times of a column, null if it is unreadable."""
    try:
        order: DayOrder = "mdy" if options.dates == "mdy" else "dmy"
        times = times_of(connection, table, column, column, replace(options, dates=order))
    except RefusedFile:
        return "NULL::TIMESTAMPTZ"
    return f"timezone('UTC', CASE WHEN {IN_RANGE.format(times.sql)} THEN {times.sql} END)"


def times_of(
    connection: Connection,
    table: str,
    column: str,
    label: str,
    options: ReadingOptions,
    *,
    zones: str | None = None,
    counts: bool = False,
    read_times: TimeFormat | None = None,
) -> Times:
    """Finds the format of a column's times.

    Args:
        connection: engine.
        table: table of the column.
        column: name of the column.
        label: name of the column in messages.
        options: order of day and month, and zone of times without one.
        zones: name of a column with the zones of the rows, if there is one.
        counts: True if small numbers are times, such as numbers of days or orders.
        read_times: format of the times, if a cast read them.

    Raises:
        RefusedFile: both orders of day and month fit, or hardly any value is a time.
    """
    swap = options.dates == "swapped"
    source = None
    if read := read_column(connection, table, column):
        found = [Form(read, False, read_times.description if read_times else _PLAIN)], False, False
    else:
        source = in_english(connection, table, column)
        rows = f"SELECT {engine.name(column)} FROM {table}"
        order = None if options.dates == "swapped" else options.dates
        found = _find_forms(connection, source, rows, label, order, counts=counts)
    forms, made_up, swapped = found
    if swap:
        forms = [form if form.zoned else replace(form, sql=swapped_back(form.sql)) for form in forms]
    zone, unknown = (
        zone_of(connection, table, zones, options.timezone) if zones else (engine.text(options.timezone), ())
    )

    def once(sql: str, use: str) -> str:
        return read_once(connection, table, column, sql, source, use) if source else sql

    sql = in_utc(forms, once, zone, of_rows=bool(zones), is_utc=options.timezone == "UTC")
    return Times(
        sql,
        _described(forms, unknown, zoned=bool(zones), swap=swap),
        not all(form.zoned for form in forms) and (not zones or bool(unknown)),
        made_up,
        swapped,
    )


def _described(forms: Sequence[Form], unknown: Sequence[str], *, zoned: bool, swap: bool) -> str:
    """Returns the format of times in words."""
    description = ", ".join(dict.fromkeys(form.description for form in forms))
    if zoned:
        description += " with the time zone beside"
    if unknown:
        description += f" (unknown time zones: {', '.join(unknown)})"
    if swap:
        description += ", days up to the 12th swapped with their months"
    return description


def _find_forms(
    connection: Connection, values: str, rows: str, label: str, order: DayOrder | None, *, counts: bool
) -> tuple[list[Form], bool, bool]:
    """Returns the forms of times, over `v`.

    The second value is True if they are counts, whose days are made up, the third if days and months look swapped.
    """
    shapes = _shapes(connection, values)
    check_calendar(label, [text for shape in shapes[:1] for text in shape[2:]])
    doubtful = [shape for shape in shapes if _is_doubtful(shape[2])]
    chosen: DayOrder | Literal["ymd"] = order or "dmy"
    others, of_signs = list[DayOrder](), dict[str, DayOrder]()
    if doubtful and not order and begin_with_year(connection, values, datetime.now(UTC)):
        chosen = "ymd"
    elif doubtful and not order and (of_signs := orders_of_signs(connection, values)):
        pass
    elif doubtful and not order:
        chosen = order_of_days(connection, values, rows, label, doubtful[0][3])
    elif doubtful and mixed(connection, rows):
        others = ["mdy" if order == "dmy" else "dmy"]  # a day after the 12th can be nothing else
    wanted = [(shape, of_signs.get(_sign(shape), each)) for each in (chosen, *others) for shape in shapes]
    forms = [form for pair in wanted for form in _forms("v", *pair)]
    if holds(connection, values, f"contains(v, '{_END_OF_DAY}')")[0]:
        of_day = f"replace(v, '{_END_OF_DAY}', ' 00:')"
        forms += [_of_next_day(form) for pair in wanted for form in _forms(of_day, *pair)]
    forms = list(dict.fromkeys(forms))
    if len(forms) > 1:
        # A year of two digits is read as 24 by the form for four.
        forms = [form if form.zoned else replace(form, sql=_in_range(form.sql)) for form in forms]
    made_up = counts and not forms
    if made_up:
        forms = [count_form("v")]
    if not forms:
        shown = ", ".join(repr(shape[2]) for shape in shapes[:3]) or "nothing"
        raise RefusedFile(
            f"{label}: no times are found. It has {shown}. Name another column with --map purchased_at=COLUMN, or take "
            "the purchases in the order of the rows with --map purchased_at="
        )
    return forms, made_up, chosen != "ymd" and _are_swapped(connection, values, shapes, chosen)


def _of_next_day(form: Form) -> Form:
    """Returns the form of times such as 24:00, which end a day."""
    sql = f"(CASE WHEN contains(v, '{_END_OF_DAY}') THEN {form.sql} + INTERVAL 1 DAY END)"
    return replace(form, sql=sql)


def _in_range(time: str) -> str:
    return f"(CASE WHEN {IN_RANGE.format(time)} THEN {time} END)"


def _are_swapped(connection: Connection, values: str, shapes: Sequence[_Shape], order: DayOrder) -> bool:
    read: dict[str, list[str]] = {"ymd": [], "day": []}
    for shape in shapes:
        kind = (matched(shape[2]) or ("",))[0]
        if kind in read:
            read[kind] += [f"{form.sql}::TIMESTAMP" for form in _forms("v", shape, order) if not form.zoned]
    if not all(read.values()):
        return False
    years_first, days = (f"coalesce({', '.join(forms)}, NULL::TIMESTAMP)" for forms in read.values())
    return are_apart(connection, values, years_first, days)


def _shapes(connection: Connection, values: str) -> list[_Shape]:
    """Returns the shapes of times, the most frequent first.

    Of many values, they are those of a sample, and of the values that no form of the sample reads.
    """
    if engine.row(connection, f"SELECT count(*) FROM {values}")[0] <= _SAMPLE:
        return _shapes_in(connection, values)
    shapes = _shapes_in(connection, f"(SELECT v FROM {values} LIMIT {_SAMPLE})")
    read = {
        f"coalesce({IN_RANGE.format(f'{form.sql}::TIMESTAMP')}, false)"
        for shape in shapes
        for order in ("dmy", "mdy")
        for form in _forms("v", shape, order)
    }
    # A value of another length may have a time zone, which a cast takes as well.
    alike = f"strlen(v) IN ({', '.join({str(len(shape[0].encode())) for shape in shapes})})"
    unread = f"(SELECT v FROM {values} WHERE NOT ({alike} AND ({' OR '.join(sorted(read)) or 'false'})))"
    known = {shape[0] for shape in shapes}
    return shapes + [shape for shape in _shapes_in(connection, unread) if shape[0] not in known]


def _shapes_in(connection: Connection, source: str) -> list[_Shape]:
    return connection.execute(
        f"""SELECT translate(v, {_NINES}) AS shape, count(*), min(v), max(v) FROM {source} WHERE v IS NOT NULL
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {_MAX_SHAPES}"""
    ).fetchall()


def _is_doubtful(example: str) -> bool:
    found = matched(example)
    return found is not None and found[0] == "day"


def _sign(shape: _Shape) -> str:
    """Returns the sign between the numbers of a date, if there is one."""
    found = matched(shape[2])
    return found[1]["by"] if found else ""


def _forms(value: str, shape: _Shape, order: DayOrder | Literal["ymd"]) -> Iterator[Form]:
    pattern, _, example, _ = shape
    if _WHOLE.fullmatch(pattern):
        yield from counted_forms(value, pattern, example)
        return
    if week := _WEEK.fullmatch(example):
        by = week["by"]
        day = value if week["day"] else f"{value} || '{by}1'"
        yield Form(f"try_strptime({day}, '%G{by}W%V{by}%u')", False, "year, week, day of the week")
        return
    if hour := _HOUR.fullmatch(example):
        by = hour["by"]
        written = f"%Y{by}%m{by}%d{hour['gap']}%H"
        yield Form(f"try_strptime({value}, '{written}')", False, f"year{by}month{by}day and hour")
        return
    found = matched(example)
    if found is None:
        return
    kind, parts = found
    zoned = bool(parts["zone"])
    if kind == "ymd" and not parts["half"]:
        target = "TIMESTAMPTZ" if zoned else "TIMESTAMP"
        # The cast needs the offset right after the time, and reads any number of decimals.
        plain = f"regexp_replace({value}, '\\s+([+-]\\d\\d)', '\\1')" if zoned else value
        read = f"try_cast({_dashed(plain, parts['by'])} AS {target})"
        # A cast also takes other texts, and one to a time with a zone those without one, for UTC.
        guard = f"instr({value}, {engine.text(parts['by'])}) = 5"
        if zoned:
            guard += f" AND regexp_matches({value}, {engine.text(_ZONED)})"
        guarded = f"(CASE WHEN {guard} THEN {read} END)"
        yield Form(guarded, zoned, f"year{parts['by']}month{parts['by']}day")
        return
    date, description = date_format(kind, parts, order)
    yield Form(_parsed(value, example, date + time_format(parts)), zoned, description)


def _dashed(value: str, by: str) -> str:
    return value if by == "-" else f"replace({value}, {engine.text(by)}, '-')"


def _parsed(value: str, example: str, form: str) -> str:
    weekday = WEEKDAY.match(example)
    plain = f"regexp_replace({value}, '^[A-Za-z]+,? ', '')" if weekday else value
    plain = f"regexp_replace({plain}, '(UTC|GMT|Z)$', '+00')" if form.endswith("%z") else plain
    return f"try_strptime({plain}, {engine.text(form)})"
