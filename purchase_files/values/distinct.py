"""Distinct values of columns, over which the form of a column is found.

A million rows have a few thousand products and shoppers, so that a check of distinct values costs next to nothing.
"""

from collections.abc import Sequence

from purchase_files import engine
from purchase_files.engine import Connection, row


def distinct_values(connection: Connection, table: str, column: str) -> str:
    """Returns the name of a table of the distinct values `v` of a column."""
    values = f"values {table} {column}"
    if not engine.columns(connection, values):
        connection.execute(
            f"CREATE TABLE {engine.name(values)} AS "
            f"SELECT {engine.name(column)} AS v FROM {engine.name(table)} GROUP BY 1"
        )
    return engine.name(values)


def count_values(connection: Connection, table: str, column: str, others: Sequence[str]) -> None:
    """Creates the distinct values of a column with their `rows`.

    They have the numbers of rows with a value in the other columns, too. Counting them at once costs little more than
    finding the values.
    """
    counts = "".join(f", count({engine.name(other)}) AS {engine.name(f'with {other}')}" for other in others)
    connection.execute(
        f"CREATE OR REPLACE TABLE {engine.name(f'values {table} {column}')} AS SELECT {engine.name(column)} AS v, "
        f"count(*) AS rows{counts} FROM {engine.name(table)} GROUP BY 1"
    )


def counted_values(connection: Connection, table: str, column: str, others: Sequence[str] = ()) -> str | None:
    """Returns the name of the table that `count_values` made, if there is one."""
    values = f"values {table} {column}"
    wanted = {"rows", *(f"with {other}" for other in others)}
    return engine.name(values) if wanted <= engine.columns(connection, values) else None


def has_null(connection: Connection, table: str, column: str) -> bool:
    """Returns whether a row has no value in a column."""
    values = f"values {table} {column}"
    # The distinct values of a column that has gaps have one, too.
    name, source = ("v", values) if engine.columns(connection, values) else (column, table)
    found = f"SELECT count(*) > count({engine.name(name)}) FROM {engine.name(source)}"
    return bool(row(connection, found)[0])


def derive_values(connection: Connection, table: str, column: str, text: str) -> None:
    """Replaces the distinct values of a column by SQL over `v`."""
    values = distinct_values(connection, table, column)
    connection.execute(f"CREATE OR REPLACE TABLE {values} AS SELECT DISTINCT {text} AS v FROM {values}")


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
    names = [engine.name(f"values {table} {column}") for table, column in (old, new)]
    connection.execute(f"ALTER TABLE IF EXISTS {names[0]} RENAME TO {names[1]}")


def forget_values(connection: Connection, table: str) -> None:
    """Drops the distinct values of a table that changes."""
    found = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, ?)", [f"values {table} "]
    ).fetchall()
    for (name,) in found:
        connection.execute(f"DROP TABLE {engine.name(name)}")


def holds(connection: Connection, values: str, *conditions: str) -> tuple[bool, ...]:
    """Returns for each condition on `v` if any value meets it."""
    checks = ", ".join(f"coalesce(bool_or({condition}), false)" for condition in conditions)
    return row(connection, f"SELECT {checks} FROM {values}")
