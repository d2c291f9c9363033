"""Numbers and times in plain forms, which casts read during parsing.

Other forms are found over the distinct values of a column, which takes many times as long.
"""

import re
from collections.abc import Mapping, Sequence

from purchase_files import engine
from purchase_files.engine import READ, Connection, row
from purchase_files.values.distinct import distinct_values, holds

_NUMBERS = ("quantity", "quantity_canceled", "quantity_refunded", "price", "line_total")
_NUMBER = r"-?\d+(\.\d+)?"
_TIME = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?"


def casts_of(
    columns: Sequence[str], sample: Sequence[Sequence[str | None]], fields: Mapping[str, int]
) -> dict[int, str]:
    """Returns the SQL types of columns that a cast may read, by index.

    Args:
        columns: names of the columns.
        sample: values of the first rows.
        fields: index of the column by field.
    """
    if any(name[:1].isdigit() for name in columns):
        return {}  # a header among the rows would be read as values
    kinds = {
        **{fields[field]: ("DOUBLE", _NUMBER) for field in _NUMBERS if field in fields},
        **({fields["purchased_at"]: ("TIMESTAMP", _TIME)} if "purchased_at" in fields else {}),
    }
    return {
        index: kind
        for index, (kind, form) in kinds.items()
        if (values := [row[index] for row in sample if row[index]])
        and all(re.fullmatch(form, value) for value in values if value)
    }


def read_column(connection: Connection, table: str, column: str) -> str | None:
    """Returns SQL for the values of a column that a cast read, or None."""
    read = READ + column
    return engine.name(read) if read in engine.columns(connection, table) else None


def drop_partial_casts(connection: Connection, table: str, casts: Mapping[int, str]) -> None:
    """Drops the columns of casts that did not read all values."""
    for index, kind in casts.items():
        column = engine.name(f"{READ}c{index}")
        all_read = f"count(c{index}) = count({column}) AND coalesce(bool_and(isfinite({column})), true)"
        [is_read] = row(connection, f"SELECT {all_read} FROM {engine.name(table)}")
        if not is_read or (kind == "TIMESTAMP" and not _are_plain(connection, table, f"c{index}")):
            connection.execute(f"ALTER TABLE {engine.name(table)} DROP COLUMN {column}")


def _are_plain(connection: Connection, table: str, column: str) -> bool:
    """True if no time has a zone or another form.

    A cast would read them, too.
    """
    values = distinct_values(connection, table, column)
    [other] = holds(connection, values, f"NOT regexp_full_match(v, {engine.text(_TIME)})")
    return not other
