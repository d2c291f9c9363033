"""Connections to the database. Every wait is bounded."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Dialect, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from adapters.database.errors import translated_errors

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}
_WRITES = "recommender_writes"

# SQLite allows one writer, and waits for it by polling at random while holding a pooled connection. Many writers would
# then starve each other, and leave no connection to readers. Our writers therefore queue before taking a connection.
_WRITE_LOCKS: WeakKeyDictionary[AsyncEngine, asyncio.Lock] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class DatabaseBounds:
    """Limits on time and connections.

    Attributes:
        connect_seconds: timeout for opening a connection. In SQLite, also the wait for another writer.
        statement_seconds: timeout for one statement (PostgreSQL).
        pool_seconds: timeout for a free connection of the pool.
        connections: open connections.
    """

    connect_seconds: float = 5.0
    statement_seconds: float = 30.0
    pool_seconds: float = 5.0
    connections: int = 5


def database_url(url: str) -> URL:
    """Parses a database URL and sets its driver.

    Args:
        url: `sqlite:///path` or `postgresql://user:password@host/database`, with or without a driver. The `sslmode`
            parameter of libpq is supported.

    Raises:
        ValueError: neither SQLite nor PostgreSQL, or SQLite without a file.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ValueError("is not a database URL; write sqlite:///path or postgresql://…") from error
    driver = _DRIVERS.get(parsed.drivername, parsed.drivername)
    if driver not in _DRIVERS.values():
        raise ValueError(f"names the driver {parsed.drivername!r}; SQLite and PostgreSQL are supported")
    if driver.startswith("sqlite"):
        if parsed.database in {None, "", ":memory:"}:
            raise ValueError("names no file; events must outlive a connection: write sqlite:///path")
    elif "sslmode" in parsed.query:
        mode = parsed.query["sslmode"]
        parsed = parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return parsed.set(drivername=driver)


def open_engine(url: str, bounds: DatabaseBounds | None = None) -> AsyncEngine:
    """Creates a pool that connects on first use. Close it with `await engine.dispose()`.

    Args:
        url: see `database_url`.
        bounds: limits on time and connections.

    Raises:
        ValueError: see `database_url`.
    """
    limits = bounds or DatabaseBounds()
    address = database_url(url)
    is_sqlite = address.get_backend_name() == "sqlite"
    arguments: dict[str, Any] = {"timeout": limits.connect_seconds}
    if not is_sqlite:
        arguments |= {
            "command_timeout": limits.statement_seconds,
            "server_settings": {"application_name": "recommender"},
        }
    engine = create_async_engine(
        address,
        pool_size=limits.connections,
        max_overflow=0,
        pool_timeout=limits.pool_seconds,
        # Replaces idle connections that a restart of the database has closed.
        pool_pre_ping=True,
        connect_args=arguments,
        # The values of statements are ids of people, which must not be logged.
        hide_parameters=True,
    )
    if is_sqlite:
        _WRITE_LOCKS[engine] = asyncio.Lock()
        event.listen(engine.sync_engine, "do_connect", _try_open_sqlite)
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Connection for reading. Errors of the drivers become DatabaseError."""
    with translated_errors(engine):
        async with engine.connect() as connection:
            yield connection


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Transaction that is committed at the end, or rolled back on an error.

    Errors of the drivers become DatabaseError.
    """
    with translated_errors(engine):
        async with _write_lock(engine), engine.connect() as connection:
            await connection.execution_options(**{_WRITES: True})
            async with connection.begin():
                yield connection


@asynccontextmanager
async def _write_lock(engine: AsyncEngine) -> AsyncIterator[None]:
    lock = _WRITE_LOCKS.get(engine)
    if lock is None:
        yield
        return
    pool = engine.pool
    try:
        async with asyncio.timeout(pool.timeout() if isinstance(pool, QueuePool) else None):
            await lock.acquire()
    except TimeoutError as error:
        raise PoolTimeout("other writers were not done in time") from error
    try:
        yield
    finally:
        lock.release()


def _try_open_sqlite(
    _dialect: Dialect, _entry: ConnectionPoolEntry, arguments: tuple[Any, ...], named: dict[str, Any]
) -> None:
    # When a file cannot be opened, the asynchronous driver leaks a thread and prints its traceback.
    sqlite3.connect(*arguments, **named).close()


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # Transactions begin where SQLAlchemy says, not where the driver guesses.
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL keeps committed data after a power failure. NORMAL does not, in WAL mode.
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A reader cannot become a writer once another has written, so that writers lock at the start.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
