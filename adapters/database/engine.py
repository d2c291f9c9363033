"""Connections to the database, with every wait bounded, and the translation of drivers' errors."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import URL, Dialect, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from adapters.database.errors import (
    DatabaseError,
    DatabaseNotPrepared,
    DatabaseRejected,
    DatabaseUnavailable,
)

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}
_DRIVERS_ERRORS = (
    StatementError,
    PoolTimeout,
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
    # Numbers and texts that no column can hold, where the driver finds out before the database does.
    OverflowError,
    UnicodeError,
)
_WRITES = "recommender_writes"

# Where many wait for SQLite's one writer, each looks again after a pause of its own, in no order, and holds a
# connection meanwhile: some wait for ever, and readers find none. Ours come by turns, and take a connection then.
_TURNS: WeakKeyDictionary[AsyncEngine, asyncio.Lock] = WeakKeyDictionary()

# Connection, transaction, resources, operator and system errors; credentials; unknown database; deadlock or
# serialisation; lock not had in time; a server that only reads, as during a failover; no privilege; corruption.
_UNAVAILABLE_STATES = ("08", "53", "57", "58", "28", "3D", "40", "55P03", "25006", "42501", "XX")
_UNPREPARED_STATES = ("42P01", "42703", "3F000")
_UNPREPARED_SQLITE = re.compile(r"no such (table|column)|has no column named")


@dataclass(frozen=True, slots=True)
class DatabaseBounds:
    """Limits on talking to the database.

    Attributes:
        connect_seconds: until a connection stands; in SQLite, how long to wait for another writer.
        statement_seconds: the longest that one statement may run (PostgreSQL).
        pool_seconds: how long to wait for one of our connections to become free.
        connections: open at the same time.
    """

    connect_seconds: float = 5.0
    statement_seconds: float = 30.0
    pool_seconds: float = 5.0
    connections: int = 5


def database_url(url: str) -> URL:
    """The address with the driver that is used for it; raises ValueError for what is neither SQLite nor PostgreSQL.

    Args:
        url: `sqlite:///path` or `postgresql://user:password@host/database`, with or without a driver's name;
            libpq's `sslmode` is understood.
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
    """A pool of connections, each made on first use; to be closed with `await engine.dispose()`.

    Args:
        url: see `database_url`, which raises ValueError.
        bounds: limits on time and connections.
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
        # One that idled through a restart of the database is replaced, not handed out.
        pool_pre_ping=True,
        connect_args=arguments,
        # Statements' values are people's ids: they belong in no log.
        hide_parameters=True,
    )
    if is_sqlite:
        _TURNS[engine] = asyncio.Lock()
        event.listen(engine.sync_engine, "do_connect", _try_open_sqlite)
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection for reading; drivers' errors become DatabaseError."""
    with translated(engine):
        async with engine.connect() as connection:
            yield connection


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction: committed at the end, undone on an error; drivers' errors become DatabaseError."""
    with translated(engine):
        async with _turn(engine), engine.connect() as connection:
            await connection.execution_options(**{_WRITES: True})
            async with connection.begin():
                yield connection


@asynccontextmanager
async def _turn(engine: AsyncEngine) -> AsyncIterator[None]:
    turns = _TURNS.get(engine)
    if turns is None:
        yield
        return
    pool = engine.pool
    try:
        async with asyncio.timeout(pool.timeout() if isinstance(pool, QueuePool) else None):
            await turns.acquire()
    except TimeoutError as error:
        raise PoolTimeout("others that write were not done in time") from error
    try:
        yield
    finally:
        turns.release()


@contextmanager
def translated(engine: AsyncEngine) -> Iterator[None]:
    """Turns what SQLAlchemy and the drivers raise into DatabaseError."""
    try:
        yield
    except _DRIVERS_ERRORS as error:
        raise database_error(error, engine.url.render_as_string(hide_password=True)) from error


def database_error(error: Exception, where: str) -> DatabaseError:
    """What an error of SQLAlchemy or of a driver means.

    Args:
        error: what was raised.
        where: the database, without its password.
    """
    cause = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    state = str(getattr(cause, "sqlstate", None) or "")
    # The driver's class stands before the reason; further lines are hints for people at a prompt.
    reason = str(cause).partition("\n")[0].rpartition(">: ")[2] or "no answer in time"
    if state.startswith(_UNPREPARED_STATES) or _UNPREPARED_SQLITE.search(reason):
        return DatabaseNotPrepared(f"the database {where} lacks what this version needs: {reason}")
    if _passes(error, cause, state):
        return DatabaseUnavailable(f"the database {where} cannot be used: {reason}")
    return DatabaseRejected(f"the database {where} does not accept a statement: {reason}")


def _passes(error: Exception, cause: BaseException, state: str) -> bool:
    """Whether the database is to blame, not what it was asked."""
    if state:
        return state.startswith(_UNAVAILABLE_STATES)
    if isinstance(cause, sqlite3.Error):
        name = getattr(cause, "sqlite_errorname", None)
        if name is not None:
            return not name.startswith(("SQLITE_ERROR", "SQLITE_MISUSE", "SQLITE_CONSTRAINT"))
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    kinds = OperationalError | InterfaceError | PoolTimeout | OSError
    return isinstance(error, kinds | sqlite3.OperationalError | asyncpg.InterfaceError)


def _try_open_sqlite(
    _dialect: Dialect, _entry: ConnectionPoolEntry, arguments: tuple[Any, ...], named: dict[str, Any]
) -> None:
    # The asynchronous driver leaves a thread behind, and its traceback on the screen, when it cannot open a file.
    sqlite3.connect(*arguments, **named).close()


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # Transactions begin where SQLAlchemy says, not where the driver guesses.
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: what was committed survives a power failure, which NORMAL does not promise in this mode.
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A reader that turns into a writer would fail at once when another has written since; so writers say so.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
