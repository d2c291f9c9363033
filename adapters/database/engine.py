"""Connections to the database. Every wait is bounded."""

import asyncio
import math
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
from asyncpg.exceptions import TargetServerAttributeNotMatched
from sqlalchemy import Dialect, event
from sqlalchemy.engine import Connection, ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool
from sqlalchemy.util import await_only

from adapters.database.addresses import DatabaseAddress, database_address
from adapters.database.errors import DRIVER_ERRORS, reason_of, translated_errors

_WRITES = "recommender_writes"
_READ_ONLY = "25006"
_OPENED_AT = "recommender_opened_at"
_USED_AT = "recommender_used_at"

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
        idle_seconds: an idle connection is trusted for so long, and then tested before its use (PostgreSQL).
        test_seconds: timeout for this test.
        read_only_seconds: a read-only server is kept for so long after a connection to it (PostgreSQL).
    """

    connect_seconds: float = 5.0
    statement_seconds: float = 30.0
    pool_seconds: float = 5.0
    connections: int = 5
    idle_seconds: float = 5.0
    test_seconds: float = 1.0
    read_only_seconds: float = 5.0


def open_engine(url: str, bounds: DatabaseBounds | None = None) -> AsyncEngine:
    """Creates a pool that connects on first use. Close it with `await engine.dispose()`.

    Args:
        url: see `database_address`. Its own timeouts and number of connections take precedence over `bounds`.
        bounds: limits on time and connections.

    Raises:
        ValueError: see `database_address`.
    """
    limits = bounds or DatabaseBounds()
    address = database_address(url)
    engine = create_async_engine(
        address.url,
        pool_size=address.connections or limits.connections,
        max_overflow=0,
        pool_timeout=address.pool_seconds or limits.pool_seconds,
        connect_args={"timeout": limits.connect_seconds} if address.is_sqlite else _postgres(address, limits),
        # The values of statements are ids of people, which must not be logged.
        hide_parameters=True,
    )
    if address.is_sqlite:
        _WRITE_LOCKS[engine] = asyncio.Lock()
        event.listen(engine.sync_engine, "do_connect", _try_open_sqlite)
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    else:
        event.listen(engine.sync_engine, "connect", _note_opening)
        event.listen(engine.sync_engine, "handle_error", partial(_leave_server, limits.read_only_seconds))
        event.listen(engine.sync_engine, "checkin", _note_use)
        event.listen(engine.sync_engine, "checkout", partial(_replace_lost, engine.dialect, limits))
    return engine


def _postgres(address: DatabaseAddress, limits: DatabaseBounds) -> dict[str, Any]:
    """Arguments of `asyncpg.connect`, and of SQLAlchemy around it."""
    attempts = max(1, len(address.hosts) * len(address.roles))
    return {
        **address.arguments,
        "async_creator_fn": partial(_connect, address),
        # For each host, because a host that hangs must leave time for the next one.
        "timeout": (address.connect_seconds or limits.connect_seconds) / attempts,
        "command_timeout": limits.statement_seconds,
        # A pooler in transaction mode gives each transaction another server, which knows no statement by its name.
        "statement_cache_size": 0,
        "prepared_statement_cache_size": 0,
    }


async def _connect(address: DatabaseAddress, **arguments: object) -> asyncpg.Connection:
    """Connects to the first server that accepts us and has the wanted role.

    Raises:
        ConnectionError: no server did. The message has the reason of each.
    """
    if not address.hosts:
        return await asyncpg.connect(**arguments)
    failures = dict[str, str]()
    for role, (host, port) in product(address.roles, address.hosts):
        try:
            return await asyncpg.connect(
                **arguments | {"target_session_attrs": role, "host": host, "port": port}
            )
        except TargetServerAttributeNotMatched:
            failures[f"{host}:{port}"] = f"it is not {role}"
        except DRIVER_ERRORS as error:
            if len(address.hosts) == 1:
                raise
            failures[f"{host}:{port}"] = reason_of(error)
    raise ConnectionError("; ".join(f"{server}: {reason}" for server, reason in failures.items()))


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


def _leave_server(seconds: float, context: ExceptionContext) -> None:
    """Leaves a server that became read-only, and a connection without an answer.

    After a failover, a connection to the former primary would fail every write for as long as it lives. While there is
    no other server, the new ones are kept for `seconds`, because they serve reads.
    """
    error = context.original_exception
    if isinstance(error, TimeoutError):
        # A rollback would wait again for a server that the network may have lost. Others may only wait for a lock.
        context.is_disconnect, context.invalidate_pool_on_disconnect = True, False
    elif getattr(error, "sqlstate", None) == _READ_ONLY and context.connection is not None:
        age = time.monotonic() - context.connection.info.get(_OPENED_AT, -math.inf)
        context.is_disconnect = age >= seconds


def _note_opening(_connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    entry.info[_OPENED_AT] = time.monotonic()


def _note_use(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    entry.info[_USED_AT] = time.monotonic()


def _replace_lost(
    dialect: Dialect,
    limits: DatabaseBounds,
    connection: DBAPIConnection,
    entry: ConnectionPoolEntry,
    _proxy: PoolProxiedConnection,
) -> None:
    """Replaces a connection that is lost, and all that are as old.

    The driver knows that the server closed a connection, as in a restart. Only a network may lose an idle one without
    a notice, and not within seconds. SQLAlchemy's `pool_pre_ping` would double the round trips of most reads.
    """
    driver: asyncpg.Connection = dialect.get_driver_connection(connection)
    if driver.is_closed():
        raise InvalidatePoolError
    if time.monotonic() - entry.info.get(_USED_AT, math.inf) < limits.idle_seconds:
        return
    try:
        await_only(driver.execute("SELECT 1", timeout=limits.test_seconds))
    except DRIVER_ERRORS as error:
        driver.terminate()  # To close it gracefully would wait for the server.
        raise InvalidatePoolError from error


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
