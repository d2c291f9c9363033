"""The engine that parses files and computes over their rows: DuckDB inside the process.

Tables live in memory up to a limit and go to temporary files above it. Nothing is downloaded or installed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

_READING = ("SELECT", "UPDATE", "DELETE", "INSERT")
"""Statements that leave the columns of all tables as they are."""


class Connection:
    """A session of a database, which remembers the columns of tables.

    The engine takes as long to describe a table as to read a small one, and many times as long if there is none.

    Attributes:
        counted: for each table of distinct values, by the table and column that they are of, what was counted of them.
        taken: names of tables that became the rows of purchases.
    """

    def __init__(
        self, session: duckdb.DuckDBPyConnection, columns_of: dict[str, set[str]] | None = None
    ) -> None:
        self.counted: dict[tuple[str, str], tuple[str, ...]] = {}
        self.taken = set[str]()
        self._session = session
        # Sessions of one database change the same tables. Registered names are those of one session.
        self._columns = {} if columns_of is None else columns_of
        self._registered = set[str]()

    def execute(self, statement: str, values: Sequence[object] | None = None) -> duckdb.DuckDBPyConnection:
        """Runs a statement. The rows of its result are fetched from what is returned."""
        if not statement.startswith(_READING):
            self._columns.clear()
        return self._session.execute(statement, values)

    def query(self, statement: str) -> duckdb.DuckDBPyRelation:
        """Returns the result of a statement that reads as a relation."""
        return self._session.sql(statement)

    def register(self, table: str, rows: pa.Table) -> None:
        """Gives rows outside of the database a name."""
        self._session.register(table, rows)
        self._registered.add(table)

    def unregister(self, table: str) -> None:
        """Takes back the name of rows outside of the database."""
        self._session.unregister(table)
        self._registered.discard(table)

    def columns(self, table: str) -> set[str]:
        """Returns the names of the columns of a table or view.

        There are none if it does not exist.
        """
        if table in self._registered:
            return set(self._session.table(name(table)).columns)
        if table not in self._columns:
            try:
                self._columns[table] = set(self._session.table(name(table)).columns)
            except duckdb.CatalogException:
                self._columns[table] = set()
        return self._columns[table]

    def cursor(self) -> "Connection":
        """Opens another session of the database, for a result that is read in parts."""
        return _prepared(self._session.cursor(), self._columns)

    def close(self) -> None:
        """Ends the session."""
        self._session.close()


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


def _prepared(
    session: duckdb.DuckDBPyConnection, columns_of: dict[str, set[str]] | None = None
) -> Connection:
    # A bar of progress would be printed among the results.
    session.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    return Connection(session, columns_of)


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
    found: list[tuple[Any, ...]] = connection.execute(statement).fetchall()  # all, which ends the statement
    if not found:
        raise AssertionError(f"no row: {statement}")
    return found[0]


def columns(connection: Connection, table: str) -> set[str]:
    """Returns the names of the columns of a table or view.

    There are none if it does not exist.
    """
    return connection.columns(table)


def changed_columns(connection: Connection, table: str) -> set[str]:
    """Returns the names of the columns of a table whose texts were replaced."""
    return {
        column.removeprefix(ORIGINAL) for column in columns(connection, table) if column.startswith(ORIGINAL)
    }


ORIGINAL = "text "
"""Begins the names of columns of texts as the file has them, in whose place others are."""

CLEANED = "cleaned "
"""Begins the names of columns of texts that were replaced a second time."""

_CONSTANT = re.compile(r"(?:NULL|[0-9.]+)::[A-Z]+")
"""SQL that is the same for all rows."""

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
    if not added:
        return
    known = columns(connection, table)
    sources = {column: f"new {column}" if column in known else column for column in added}
    for column, (kind, sql) in added.items():
        if sql == name(READ + column):
            sources[column] = READ + column
        elif _CONSTANT.fullmatch(sql):
            _alter(connection, table, f"ADD COLUMN {name(sources[column])} {kind} DEFAULT {sql}")
        else:
            _alter(connection, table, f"ADD COLUMN {name(sources[column])} {kind}")
            _set(connection, table, sources[column], kind, sql)
    for column in added:
        kept = next((prefix + column for prefix in (ORIGINAL, CLEANED) if prefix + column not in known), None)
        if column in known and kept:
            _alter(connection, table, f"RENAME {name(column)} TO {name(kept)}")
        elif column in known:
            _alter(connection, table, f"DROP COLUMN {name(column)}")
        if sources[column] != column:
            _alter(connection, table, f"RENAME {name(sources[column])} TO {name(column)}")


def _set(connection: Connection, table: str, column: str, kind: str, sql: str) -> None:
    """Sets the values of a new column by SQL over all columns."""
    if "SELECT" in sql:
        connection.execute(f"UPDATE {name(table)} SET {name(column)} = {sql}")
    else:
        _alter(connection, table, f"ALTER {name(column)} TYPE {kind} USING {sql}")


def _alter(connection: Connection, table: str, change: str) -> None:
    connection.execute(f"ALTER TABLE {name(table)} {change}")
