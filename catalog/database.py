"""Database connections, transactions and translation of driver errors."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
from sqlalchemy import Table, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from catalog.errors import StorageBusy, StorageError, StorageFull, StorageUnavailable
from catalog.tables import metadata

Upsert = sqlite.Insert | postgresql.Insert

_DRIVER_ERRORS = (
    DBAPIError,
    PoolTimeout,
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
)
_NO_PRIVILEGE = "42501"
_WRITES = "catalog_writes"
_WRITER_LOCK = 7_021_955_001  # arbitrary, but the same for all writers
_CACHE_KIB = 16 * 1024


class Database:
    """Access to one database.

    Tables are created on first use.

    Writers run one at a time under a lock. They take change stamps and sequence numbers under the lock, so that later
    commits always sort later. A reader at some position of a feed therefore never misses an earlier change.

    Args:
        url: SQLAlchemy URL with the driver aiosqlite or asyncpg.
        timeout_seconds: time limit for a connection and for the writer lock.
        statement_seconds: time limit for one statement, None for no limit.
    """

    def __init__(self, url: str, *, timeout_seconds: float, statement_seconds: float | None = 30.0) -> None:
        self._url = make_url(url)
        self._timeout = timeout_seconds
        self._engine = self._create_engine(statement_seconds)
        self._tables_created = False
        self._creation_lock = asyncio.Lock()

    @property
    def is_postgres(self) -> bool:
        """True for PostgreSQL, False for SQLite."""
        return self._url.get_backend_name() == "postgresql"

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Opens a connection, whose first statement begins a transaction.

        Raises:
            StorageError: database not usable.
        """
        with self._translated():
            await self._create_tables()
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Opens a connection in a write transaction under the writer lock.

        Raises:
            StorageError: database not usable, or locked by another writer.
        """
        with self._translated():
            await self._create_tables()
            async with self._engine.connect() as connection, self.locked(connection):
                yield connection

    @asynccontextmanager
    async def locked(self, connection: AsyncConnection) -> AsyncIterator[None]:
        """Runs a transaction of `connection` under the writer lock."""
        await connection.execution_options(**{_WRITES: True})
        async with connection.begin():
            if self.is_postgres:
                await connection.execute(text(f"SET LOCAL lock_timeout = {int(self._timeout * 1000)}"))
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})"))
                await connection.execute(text("SET LOCAL lock_timeout = 0"))
            yield

    async def check(self) -> None:
        """Executes a trivial query.

        Raises:
            StorageError: database not usable.
        """
        async with self.reading() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Closes all connections."""
        await self._engine.dispose()

    def _create_engine(self, statement_seconds: float | None) -> AsyncEngine:
        if self.is_postgres:
            return create_async_engine(
                self._url,
                pool_pre_ping=True,
                pool_timeout=self._timeout,
                connect_args={"timeout": self._timeout, "command_timeout": statement_seconds},
            )
        engine = create_async_engine(
            self._url, pool_timeout=self._timeout, connect_args={"timeout": self._timeout}
        )
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        return engine

    async def _create_tables(self) -> None:
        async with self._creation_lock:
            if self._tables_created:
                return
            if not self.is_postgres:
                await asyncio.to_thread(_try_open_sqlite, self._url.database or ":memory:")
            async with self._engine.connect() as connection, self.locked(connection):
                await connection.run_sync(metadata.create_all)
            self._tables_created = True

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except _DRIVER_ERRORS as error:
            translated = _storage_error(error, self._url.render_as_string(hide_password=True))
            if translated is None:
                raise
            raise translated from error


def insert_into(connection: AsyncConnection, table: Table) -> Upsert:
    """Returns an INSERT of the connection's dialect, which supports ON CONFLICT."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def _storage_error(error: Exception, where: str) -> StorageError | None:
    """Translates an error of a driver, or returns None for an invalid statement.

    Args:
        error: exception of the driver.
        where: database URL without password.
    """
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    code = str(getattr(cause, "sqlstate", None) or "") or _sqlite_code(cause)
    reason = str(cause).partition("\n")[0].rpartition(">: ")[2] or type(cause).__name__
    if code == "SQLITE_FULL" or code == "53100":
        return StorageFull(f"no space is left for the database {where} or its temporary files: {reason}")
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or code == "55P03":
        return StorageBusy(
            f"the database {where} is locked by another writer, such as a load. Try again later"
        )
    kinds = OperationalError | InterfaceError | PoolTimeout | sqlite3.OperationalError | OSError
    unavailable = isinstance(error, kinds)
    if unavailable or code.startswith(("SQLITE_", "08", "53", "57", "58", "28", "3D", _NO_PRIVILEGE)):
        return StorageUnavailable(f"the database {where} cannot be used: {reason}")
    return None


def _sqlite_code(error: BaseException) -> str:
    name = getattr(error, "sqlite_errorname", None)
    # These two concern the statement, not the state of the database.
    if not isinstance(error, sqlite3.Error) or name in {None, "SQLITE_ERROR", "SQLITE_MISUSE"}:
        return ""
    return str(name) if not str(name).startswith("SQLITE_CONSTRAINT") else ""


def _try_open_sqlite(path: str) -> None:
    # If the asynchronous driver cannot open a file, it leaves a thread behind and prints a traceback.
    sqlite3.connect(path).close()


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # SQLAlchemy begins transactions, not the driver.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", f"cache_size = -{_CACHE_KIB}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # Writers lock from the start. A reader that becomes a writer would fail if another one has written meanwhile.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
