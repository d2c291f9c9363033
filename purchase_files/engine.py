"""The engine that parses files and computes over their rows: DuckDB inside the process.

Tables live in memory up to a limit and go to temporary files above it. Nothing is downloaded or installed.
"""

from collections.abc import Iterable
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
        }
    )
    connection.execute("SET TimeZone = 'UTC'")
    return connection


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
