"""Totals in tables with a column per product, shopper or day."""

import re
from collections.abc import Sequence

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.formats.reshaped.amounts import number_in
from purchase_files.formats.source import LINE
from purchase_files.values.cleaning import is_missing
from purchase_files.values.distinct import forget_values
from purchase_files.values.numbers import number_of
from purchase_files.vocabulary.totals import TOTAL_NAME

_TOTAL = re.compile(f"(?i){TOTAL_NAME}")
_ROWS, _COLUMNS = 50, 20
_ALL = re.compile(r"(?i)\s*all\s*")
_MIN_SUMS, _MIN_PARTS, _MIN_KEYED_PARTS = 3, 2, 3
_SUMMED = "summed_lines"
_TOLERANCE = 1e-6
"""Programs round the sums that they write."""


def is_total(text: str) -> bool:
    """True for the name of a row or column with totals."""
    return _TOTAL.fullmatch(text.strip()) is not None


def without_totals(
    columns: Sequence[str], sample: Sequence[Sequence[str | None]], numbers: Sequence[int]
) -> list[int]:
    """Returns columns of numbers without those of totals.

    A name tells them, or that all values are the sums of the others. Tables of pandas call such a column `All`.
    """
    found = [index for index in numbers if not is_total(columns[index])]
    rows = [[number_in(row[index] or "") for index in found] for row in sample[:_ROWS]]
    if sum(sum(value != 0 for value in row) > _MIN_PARTS for row in rows) < _MIN_SUMS:
        return found
    wholes = [(row, sum(row)) for row in rows]
    return [
        index
        for place, index in enumerate(found)
        if not all(_is_equal(2 * row[place], whole) for row, whole in wholes)
    ]


def line_of_sums(
    connection: Connection, table: str, columns: Sequence[int], keys: Sequence[int]
) -> int | None:
    """Returns a table's last line if it has the sums of the others.

    What a shopper bought may add up by chance. A line with a key needs more sums, and more parts of each.
    """
    # The engine takes long for each statement on a table of thousands of columns.
    chosen = ", ".join(dict.fromkeys((LINE, *(f"c{index}" for index in (*columns[:_COLUMNS], *keys)))))
    connection.execute(f"CREATE OR REPLACE TABLE {_SUMMED} AS SELECT {chosen} FROM {table}")
    table = _SUMMED
    [last] = engine.row(connection, f"SELECT max({LINE}) FROM {table}")
    numbers = [number_of(connection, table, f"c{index}") for index in columns[:_COLUMNS]]
    if last is None or not numbers:
        return None
    read = ", ".join(f"{number} AS n{place}" for place, number in enumerate(numbers))
    counted = ", ".join(
        f"coalesce(sum(n{place}) FILTER ({LINE} = {last}), 0), coalesce(sum(n{place}) FILTER ({LINE} < {last}), 0), "
        f"count(*) FILTER ({LINE} < {last} AND n{place} <> 0)"
        for place in range(len(numbers))
    )
    found = engine.row(connection, f"SELECT {counted} FROM (SELECT {LINE}, {read} FROM {table})")
    forget_values(connection, table)
    sums = list(zip(found[::3], found[1::3], found[2::3], strict=True))
    least = _MIN_PARTS if _lacks_keys(connection, table, int(last), keys) else _MIN_KEYED_PARTS
    added = sum(parts >= least and whole > 0 for whole, _, parts in sums)
    is_sum = all(_is_equal(whole, above) for whole, above, _ in sums)
    return int(last) if is_sum and added >= least else None


def _lacks_keys(connection: Connection, table: str, line: int, keys: Sequence[int]) -> bool:
    """True if a line has no key, or one as in pandas."""
    if not keys:
        return False
    chosen = ", ".join(f"max(c{index})" for index in keys)
    found = engine.row(connection, f"SELECT {chosen} FROM {table} WHERE {LINE} = {line}")
    return all(is_missing(key or "") or _ALL.fullmatch(key) for key in found)


def _is_equal(number: float, other: float) -> bool:
    return abs(number - other) <= _TOLERANCE * max(abs(number), abs(other), 1)
