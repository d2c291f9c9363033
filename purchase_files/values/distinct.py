"""Distinct values of columns, over which the form of a column is found.

A million rows have a few thousand products and shoppers, so that a check of distinct values costs next to nothing.
"""

from collections.abc import Sequence

from purchase_files import engine
from purchase_files.engine import Connection, row


def distinct_values(connection: Connection, table: str, column: str) -> str:
    """Returns the name of a table of the distinct values `v` of a column."""
    values = _name(table, column)
    if (table, column) not in connection.counted:
        connection.execute(
            f"CREATE OR REPLACE TABLE {values} AS SELECT {engine.name(column)} AS v "
            f"FROM {engine.name(table)} GROUP BY 1"
        )
        connection.counted[table, column] = ()
    return values


def count_values(connection: Connection, table: str, column: str, others: Sequence[str]) -> None:
    """Creates the distinct values of a column with their `rows`.

    They have the numbers of rows with a value in the other columns, too. Counting them at once costs little more than
    finding the values.
    """
    counts = "".join(f", count({engine.name(other)}) AS {engine.name(f'with {other}')}" for other in others)
    connection.execute(
        f"CREATE OR REPLACE TABLE {_name(table, column)} AS SELECT {engine.name(column)} AS v, "
        f"count(*) AS rows{counts} FROM {engine.name(table)} GROUP BY 1"
    )
    connection.counted[table, column] = ("rows", *others)


def counted_values(connection: Connection, table: str, column: str, others: Sequence[str] = ()) -> str | None:
    """Returns the name of the table that `count_values` made, if there is one."""
    counted = connection.counted.get((table, column), ())
    return _name(table, column) if {"rows", *others} <= set(counted) else None


def has_null(connection: Connection, table: str, column: str) -> bool:
    """Returns whether a row has no value in a column."""
    # The distinct values of a column that has gaps have one, too.
    known = (table, column) in connection.counted
    name, source = ("v", _name(table, column)) if known else (engine.name(column), engine.name(table))
    return bool(row(connection, f"SELECT count(*) > count({name}) FROM {source}")[0])


def derive_values(connection: Connection, table: str, column: str, text: str) -> None:
    """Replaces the distinct values of a column by SQL over `v`."""
    values = distinct_values(connection, table, column)
    connection.execute(f"CREATE OR REPLACE TABLE {values} AS SELECT DISTINCT {text} AS v FROM {values}")
    connection.counted[table, column] = ()


def read_once(
    connection: Connection,
    table: str,
    column: str,
    reading: str,
    source: str | None = None,
    use: str = "read",
) -> str:
    """Reads each distinct value of a column once.

    Returns SQL that looks up what was read. A million rows have a few thousand prices and times, and expressions on
    texts take microseconds each.

    Args:
        connection: engine.
        table: name of the table.
        column: name of the column.
        reading: SQL over `v`, null where `v` is null.
        source: SQL for a table of the distinct `text`s, each with its `v`. By default both are the same.
        use: names what is read, if a column is read in several ways.
    """
    values = distinct_values(connection, table, column)
    read = engine.name(f"{use} {table} {column}")
    connection.execute(
        f"CREATE OR REPLACE TABLE {read} AS "
        f"SELECT text, {reading} AS reading FROM {source or f'(SELECT v AS text, v FROM {values})'}"
    )
    return f"(SELECT r.reading FROM {read} r WHERE r.text = {engine.name(column)})"


def rename_values(connection: Connection, old: tuple[str, str], new: tuple[str, str]) -> None:
    """Keeps the distinct values of a column whose table or name changes."""
    if old in connection.counted:
        connection.execute(f"ALTER TABLE {_name(*old)} RENAME TO {_name(*new)}")
        connection.counted[new] = connection.counted.pop(old)


def forget_values(connection: Connection, table: str) -> None:
    """Drops the distinct values of a table that changes."""
    for known in [each for each in connection.counted if each[0] == table]:
        connection.execute(f"DROP TABLE {_name(*known)}")
        del connection.counted[known]


def _name(table: str, column: str) -> str:
    """Returns the quoted name of the distinct values of a column."""
    return engine.name(f"values {table} {column}")


def holds(connection: Connection, values: str, *conditions: str) -> tuple[bool, ...]:
    """Returns for each condition on `v` if any value meets it."""
    checks = ", ".join(f"coalesce(bool_or({condition}), false)" for condition in conditions)
    return row(connection, f"SELECT {checks} FROM {values}")
