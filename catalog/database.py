"""The database: connections, transactions, one writer at a time, and the translation of drivers' errors."""

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

_DRIVERS_ERRORS = (
    DBAPIError,
    PoolTimeout,
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
)
_WRITES = "catalog_writes"
_WRITERS_LOCK = 7_021_955_001  # any number, as long as all writers of this catalog take the same
_CACHE_KIB = 16 * 1024


class Database:
    """Access to one database; the tables are made on first use, so a database may be down at the start.

    Writers take turns. Change stamps and sequence numbers are taken inside the turn, so what is committed later
    always sorts later: a reader that has reached some position of a feed never misses a change before it.

    Args:
        url: SQLAlchemy's, with the driver aiosqlite or asyncpg.
        timeout_seconds: how long to wait for a connection, and for the turn to write.
        statement_seconds: the longest a single statement may run; None for a load.
    """

    def __init__(self, url: str, *, timeout_seconds: float, statement_seconds: float | None = 30.0) -> None:
        self._url = make_url(url)
        self._timeout = timeout_seconds
        self._engine = self._make_engine(statement_seconds)
        self._tables_made = False
        self._making_tables = asyncio.Lock()

    @property
    def is_postgres(self) -> bool:
        """Whether this is PostgreSQL; otherwise it is SQLite."""
        return self._url.get_backend_name() == "postgresql"

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection with a transaction that sees one state; raises StorageError."""
        with self._translated():
            await self._make_tables()
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A connection with this writer's turn: committed at the end, undone on an error. Raises StorageError."""
        with self._translated():
            await self._make_tables()
            async with self._engine.connect() as connection, self.turn(connection):
                yield connection

    @asynccontextmanager
    async def idle(self) -> AsyncIterator[AsyncConnection]:
        """A connection outside of any transaction, for several in a row; raises StorageError."""
        with self._translated():
            await self._make_tables()
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def turn(self, connection: AsyncConnection) -> AsyncIterator[None]:
        """One transaction of `connection` that no other writer runs beside."""
        await connection.execution_options(**{_WRITES: True})
        async with connection.begin():
            if self.is_postgres:
                await connection.execute(text(f"SET LOCAL lock_timeout = {int(self._timeout * 1000)}"))
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})"))
                await connection.execute(text("SET LOCAL lock_timeout = 0"))
            yield

    async def check(self) -> None:
        """Asks the database for nothing much; raises StorageError when it does not answer."""
        async with self.reading() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Closes all connections."""
        await self._engine.dispose()

    def _make_engine(self, statement_seconds: float | None) -> AsyncEngine:
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

    async def _make_tables(self) -> None:
        async with self._making_tables:
            if self._tables_made:
                return
            if not self.is_postgres:
                await asyncio.to_thread(_try_open_sqlite, self._url.database or ":memory:")
            async with self._engine.connect() as connection, self.turn(connection):
                await connection.run_sync(metadata.create_all)
            self._tables_made = True

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except _DRIVERS_ERRORS as error:
            translated = storage_error(error, self._url.render_as_string(hide_password=True))
            if translated is None:
                raise
            raise translated from error


def insert_into(connection: AsyncConnection, table: Table) -> Upsert:
    """An INSERT of the connection's own dialect, which knows ON CONFLICT."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def storage_error(error: Exception, where: str) -> StorageError | None:
    """What a driver's error means for the catalog; None for one that is a mistake in a statement.

    Args:
        error: what was raised.
        where: the database, without its password.
    """
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    code = str(getattr(cause, "sqlstate", None) or "") or _sqlite_code(cause)
    reason = str(cause).partition("\n")[0].rpartition(">: ")[2] or type(cause).__name__
    if code == "SQLITE_FULL" or code == "53100":
        return StorageFull(f"no space is left for the database {where} or its temporary files: {reason}")
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or code == "55P03":
        return StorageBusy(
            f"the database {where} is locked by another writer, such as a load; try again later"
        )
    kinds = OperationalError | InterfaceError | PoolTimeout | sqlite3.OperationalError | OSError
    unavailable = isinstance(error, kinds)
    if unavailable or code.startswith(("SQLITE_", "08", "53", "57", "58", "28", "3D")):
        return StorageUnavailable(f"the database {where} cannot be used: {reason}")
    return None


def _sqlite_code(error: BaseException) -> str:
    name = getattr(error, "sqlite_errorname", None)
    # These two speak of a statement, not of the database's state.
    if not isinstance(error, sqlite3.Error) or name in {None, "SQLITE_ERROR", "SQLITE_MISUSE"}:
        return ""
    return str(name) if not str(name).startswith("SQLITE_CONSTRAINT") else ""


def _try_open_sqlite(path: str) -> None:
    # The asynchronous driver leaves a thread behind, and its traceback on the screen, when it cannot open a file.
    sqlite3.connect(path).close()


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # Transactions begin where SQLAlchemy says, not where the driver guesses.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", f"cache_size = -{_CACHE_KIB}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A reader that turns into a writer would fail at once when another has written since; so writers say so.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
