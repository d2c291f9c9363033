"""Errors of the database, and their translation from SQLAlchemy and the drivers.

The package's docstring draws the tree.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy.exc import EmulatedDBAPIException, SQLAlchemyError, StatementError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.certificates import with_remedy

_ENDED = "another operation (2) is in progress"
"""End of asyncpg's message if the server reported an error between two statements, which it does before it closes."""

DRIVER_ERRORS = (
    SQLAlchemyError,
    EmulatedDBAPIException,
    sqlite3.Error,
    sqlite3.Warning,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    # Sockets, files, TLS and timeouts.
    OSError,
    EOFError,
    # Raised by a driver for numbers and texts that no column can hold.
    OverflowError,
    UnicodeError,
)
"""Everything that SQLAlchemy and the drivers raise."""

# SQLSTATE classes and codes of statements and values that are wrong in themselves: feature, data, constraint, syntax or
# name. Every other state, known or not, may be gone at the next attempt.
_REJECTED_STATES = ("0A", "21", "22", "23", "42", "44")
_UNAVAILABLE_STATES = ("42501", "42P05")  # Missing privilege; a pooler's server that knows another statement.
_NOT_PREPARED_STATES = ("42P01", "42703", "3F000")
_NOT_PREPARED_SQLITE = re.compile(r"no such (table|column)|has no column named")


class DatabaseError(Exception):
    """Any failure of the database.

    The message names the database's address without the password.
    """


class DatabaseUnavailable(DatabaseError):
    """The database is unreachable, full, locked, too slow, or rejects our credentials.

    The same call may succeed later.
    """


class DatabaseNotPrepared(DatabaseError):
    """The database lacks a table or column.

    Its migrations did not run, or another version's did.
    """


class DatabaseRejected(DatabaseError):
    """The database does not accept a statement or a value.

    The same call would never succeed.
    """


def is_outage(error: Exception) -> bool:
    """True if all statements fail now, and not this one alone."""
    return isinstance(error, DatabaseError) and not isinstance(error, DatabaseRejected)


@contextmanager
def translated_errors(engine: AsyncEngine) -> Iterator[None]:
    """Raises errors of SQLAlchemy and the drivers as DatabaseError."""
    try:
        yield
    except DRIVER_ERRORS as error:
        raise database_error(error, engine.url.render_as_string(hide_password=True)) from error


def database_error(error: Exception, address: str) -> DatabaseError:
    """Translates an error of SQLAlchemy or a driver.

    Args:
        error: original error.
        address: URL of the database without its password.
    """
    cause = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    state = str(getattr(cause, "sqlstate", None) or "")
    reason = reason_of(cause)
    if state.startswith(_NOT_PREPARED_STATES) or _NOT_PREPARED_SQLITE.search(reason):
        lacks = f"the database {address} lacks what this version needs: {reason}"
        return DatabaseNotPrepared(f"{lacks}. To add it: python -m service migrate")
    if _is_temporary(error, cause, state):
        unavailable = f"the database {address} cannot be used: {reason}"
        return DatabaseUnavailable(with_remedy(unavailable, "sslrootcert"))
    return DatabaseRejected(f"the database {address} does not accept a statement: {reason}")


def reason_of(cause: BaseException) -> str:
    """The reason that a driver gives, in one line."""
    # The driver's class precedes the reason, and hints for people at a prompt follow on further lines.
    reason = str(cause).partition("\n")[0].rpartition(">: ")[2] or "no answer in time"
    return "the server ended the connection" if reason.endswith(_ENDED) else reason


def _is_temporary(error: Exception, cause: BaseException, state: str) -> bool:
    """False if the statement or its value is at fault."""
    if state:
        return state in _UNAVAILABLE_STATES or not state.startswith(_REJECTED_STATES)
    if isinstance(cause, sqlite3.Error):
        name = getattr(cause, "sqlite_errorname", None)
        if name is not None:
            return not name.startswith(("SQLITE_ERROR", "SQLITE_MISUSE", "SQLITE_CONSTRAINT"))
        return isinstance(cause, sqlite3.OperationalError)
    if isinstance(cause, OSError | asyncpg.InterfaceError):
        return True
    # A driver refuses values with these before it sends them.
    return not isinstance(cause, ValueError | TypeError | OverflowError)
