"""The engine that parses files and computes over their rows: DuckDB inside the process.

Tables live in memory up to a limit and go to temporary files above it. Nothing is downloaded or installed.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

Connection = duckdb.DuckDBPyConnection


def open_engine(folder: Path, memory_bytes: int) -> Connection:
    """Opens an empty database whose temporary files go to a folder."""
    connection = duckdb.connect(
        config={
            "memory_limit": f"{memory_bytes >> 20}MiB",
            "temp_directory": str(folder),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "checkpoint_threshold": "1TiB",  # a checkpoint would rewrite tables that are soon dropped
        }
    )
    return _prepared(connection)


def open_cursor(connection: Connection) -> Connection:
    """Opens another session of a database, for a result that is read in parts."""
    return _prepared(connection.cursor())


def _prepared(session: Connection) -> Connection:
    session.execute("SET TimeZone = 'UTC'")
    session.execute("SET enable_progress_bar = false")  # it would be printed among the results
    return session


def name(identifier: str) -> str:
    """Quotes the name of a table or column."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """Quotes a text value."""
    return "'" + value.replace("'", "''") + "'"


def texts(values: Iterable[str]) -> str:
    """Quotes several text values, separated by commas."""
    return ", ".join(map(text, values))


def row(connection: Connection, statement: str) -> tuple[Any, ...]:
    """Returns the only row of a statement's result."""
    found: tuple[Any, ...] | None = connection.execute(statement).fetchone()
    if found is None:
        raise AssertionError(f"no row: {statement}")
    return found


def columns(connection: Connection, table: str) -> set[str]:
    """Returns the names of the columns of a table or view.

    There are none if it does not exist.
    """
    try:
        return set(connection.table(name(table)).columns)
    except duckdb.CatalogException:
        return set()


def changed_columns(connection: Connection, table: str) -> set[str]:
    """Returns the names of the columns of a table whose texts were replaced."""
    return {
        column.removeprefix(ORIGINAL) for column in columns(connection, table) if column.startswith(ORIGINAL)
    }


ORIGINAL = "text "
"""Begins the names of columns of texts as the file has them, in whose place others are."""

CLEANED = "cleaned "
"""Begins the names of columns of texts that were replaced a second time."""

READ = "read "
"""Begins the names of columns of values that a cast read while the file was parsed."""


def replace_columns(connection: Connection, table: str, added: Mapping[str, tuple[str, str]]) -> None:
    """Adds columns, or puts them in the place of columns with the same name.

    The first texts stay, under a name that begins with `ORIGINAL`, and so do the second ones, with `CLEANED`. Another
    table would cost many times as much.

    Args:
        connection: engine.
        table: name of the table.
        added: type and SQL by name. The SQL is over the columns as they were before. A column that a cast read is
            renamed.
    """
    sources = {column: f"new {column}" for column in added}
    for column, (kind, sql) in added.items():
        if sql == name(READ + column):
            sources[column] = READ + column
            continue
        _alter(connection, table, f"ADD COLUMN {name(f'new {column}')} {kind}")
        _set(connection, table, f"new {column}", kind, sql)
    known = columns(connection, table)
    for column in added:
        kept = next((prefix + column for prefix in (ORIGINAL, CLEANED) if prefix + column not in known), None)
        if column in known and kept:
            _alter(connection, table, f"RENAME {name(column)} TO {name(kept)}")
        elif column in known:
            _alter(connection, table, f"DROP COLUMN {name(column)}")
        _alter(connection, table, f"RENAME {name(sources[column])} TO {name(column)}")


def _set(connection: Connection, table: str, column: str, kind: str, sql: str) -> None:
    """Sets the values of a new column by SQL over all columns."""
    if sql.startswith("NULL::"):
        return
    if "SELECT" in sql:
        connection.execute(f"UPDATE {name(table)} SET {name(column)} = {sql}")
    else:
        _alter(connection, table, f"ALTER {name(column)} TYPE {kind} USING {sql}")


def _alter(connection: Connection, table: str, change: str) -> None:
    connection.execute(f"ALTER TABLE {name(table)} {change}")
