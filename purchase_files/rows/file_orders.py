"""The order of day and month of each of several files."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.formats.source import LINE
from purchase_files.options import ReadingOptions
from purchase_files.rows.texts import Table
from purchase_files.values.casts import has_text
from purchase_files.values.day_orders import (
    DayOrder,
    begin_with_year,
    days_of,
    likely_order_of,
    mixed,
    undecided,
)
from purchase_files.values.distinct import distinct_values

_DATE = r"'^\s*[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ][0-9]{2}'"


@dataclass(frozen=True)
class _Dates:
    """The dates of a file that begin with the day or the month.

    `order` is None if no date decides it. `different` are the numbers of different first and second numbers.
    """

    table: Table
    rows: str
    example: str
    order: DayOrder | None
    different: tuple[int, int]

    @property
    def label(self) -> str:
        source = self.table.recognized.source
        return f"{source.path}, column {source.columns[self.table.recognized.fields['purchased_at']]!r}"


def in_one_order(connection: Connection, tables: Sequence[Table], options: ReadingOptions) -> list[Table]:
    """Returns the tables, marked if their days and months have to be swapped.

    A file in which a date decides the order keeps it. `options.dates` is the order of the others.

    Raises:
        RefusedFile: no date of a file decides its order, and that of the others is none, or looks wrong for it.
    """
    if len(tables) == 1 or options.dates == "swapped":
        return list(tables)
    found = [dates for table in tables if (dates := _dates_of(connection, table)) is not None]
    decided = [dates.order for dates in found if dates.order]
    if not decided:
        return list(tables)
    usual = options.dates
    if usual is None:
        usual = "dmy" if decided.count("dmy") >= decided.count("mdy") else "mdy"
    swapped = set[str]()
    for dates in found:
        order = dates.order or options.dates or _order_of_open(connection, dates, decided)
        if order is None:
            raise undecided(connection, dates.rows, dates.label, dates.example, dates.different)
        if order != usual:
            swapped.add(dates.table.name)
    return [replace(table, swaps_days=table.name in swapped) for table in tables]


def _dates_of(connection: Connection, table: Table) -> _Dates | None:
    """Returns the dates of a file that begin with the day or the month.

    It is None if there are none, if they have both orders, or if their years come first.
    """
    index = table.recognized.fields.get("purchased_at")
    if index is None or not has_text(connection, table.name, f"c{index}"):
        return None
    name = engine.name(table.name)
    [example] = engine.row(
        connection, f"SELECT min(c{index}) FILTER (regexp_matches(c{index}, {_DATE})) FROM {name}"
    )
    if example is None:
        return None
    values = distinct_values(connection, table.name, f"c{index}")
    if begin_with_year(connection, values, datetime.now(UTC)):
        return None
    rows = f"SELECT c{index} FROM {name} ORDER BY {LINE}"
    first, second, *different = days_of(connection, values)
    if first and second and mixed(connection, rows):
        return None
    order: DayOrder | None = None if first == second else "dmy" if first > second else "mdy"
    return _Dates(table, rows, example, order, (different[0], different[1]))


def _order_of_open(connection: Connection, dates: _Dates, decided: Sequence[DayOrder]) -> DayOrder | None:
    """Returns the order of the other files, or None if it is doubtful."""
    if len(set(decided)) > 1:
        return None
    likely = likely_order_of(connection, dates.rows, dates.different)
    return decided[0] if likely in {None, decided[0]} else None
