"""Errors of the drivers are translated by what to do about them."""

import inspect
import socket
import sqlite3
import ssl
from types import ModuleType

import asyncpg
import pytest
import sqlalchemy.exc

from adapters.database import (
    DatabaseError,
    DatabaseNotPrepared,
    DatabaseRejected,
    DatabaseUnavailable,
    open_engine,
)
from adapters.database.errors import database_error, translated_errors


def accepted_errors(sqlstate: str) -> set[type[DatabaseError]]:
    """Accepted translations of a SQLSTATE. Its first two characters are its class."""
    if sqlstate in {"42P01", "42703", "3F000"}:
        return {DatabaseNotPrepared}
    if sqlstate[:2] in {"0A", "21", "22", "23", "42", "44"}:
        # Values, constraints, syntax: mistakes of the caller. A missing privilege or a pooler's statement is none.
        return {DatabaseUnavailable if sqlstate in {"42501", "42P05"} else DatabaseRejected}
    return {DatabaseUnavailable}


def test_every_error_of_postgresql_is_translated() -> None:
    kinds = [kind for kind in raised_by(asyncpg) if getattr(kind, "sqlstate", None)]
    assert len(kinds) > 200
    translated = {
        kind.__name__: (type(database_error(kind("reason"), "db")), kind.sqlstate) for kind in kinds
    }
    assert {
        name: (found, state)
        for name, (found, state) in translated.items()
        if found not in accepted_errors(state)
    } == {}


def raised_by(module: ModuleType) -> list[type[Exception]]:
    """Exceptions of a module that are no warnings."""
    members = [member for member in vars(module).values() if inspect.isclass(member)]
    return [each for each in members if issubclass(each, Exception) and not issubclass(each, Warning)]


DRIVERS = (asyncpg, sqlalchemy.exc, sqlite3, ssl)
BUILT_IN = (
    OSError,
    TimeoutError,
    ConnectionResetError,
    BrokenPipeError,
    socket.gaierror,
    EOFError,
    UnicodeError,
)


def error_of(kind: type[Exception]) -> Exception:
    if issubclass(kind, sqlalchemy.exc.DBAPIError):
        return kind("statement", None, Exception("reason"))
    if issubclass(kind, sqlalchemy.exc.StatementError):
        return kind("message", "statement", None, None)
    if issubclass(kind, sqlalchemy.exc.EmulatedDBAPIException | asyncpg.InterfaceError):
        return kind("reason")
    return kind.__new__(kind, "reason")  # Some constructors want more, which no translation reads.


@pytest.mark.parametrize(
    "kind", dict.fromkeys([*BUILT_IN, *(kind for driver in DRIVERS for kind in raised_by(driver))])
)
def test_every_exception_of_the_drivers_becomes_an_error_of_the_database(kind: type[Exception]) -> None:
    engine = open_engine("postgresql://u:secret@db.test/shop")
    with pytest.raises(DatabaseError) as caught, translated_errors(engine):
        raise error_of(kind)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (OSError("Connection refused"), DatabaseUnavailable),
        (TimeoutError(), DatabaseUnavailable),
        (sqlalchemy.exc.TimeoutError("pool"), DatabaseUnavailable),
        (asyncpg.InterfaceError("connection is closed"), DatabaseUnavailable),
        (sqlite3.OperationalError("unable to open database file"), DatabaseUnavailable),
        (sqlite3.OperationalError("no such table: events"), DatabaseNotPrepared),
        (sqlite3.IntegrityError("NOT NULL constraint failed"), DatabaseRejected),
        (ConnectionResetError(), DatabaseUnavailable),
        (ssl.SSLCertVerificationError("certificate verify failed"), DatabaseUnavailable),
        (asyncpg.TargetServerAttributeNotMatched("no primary"), DatabaseUnavailable),
        (OverflowError("too large"), DatabaseRejected),
        (sqlalchemy.exc.StatementError("m", "s", None, ValueError("no time zone")), DatabaseRejected),
    ],
)
def test_errors_of_other_layers_are_translated(error: Exception, found: type[DatabaseError]) -> None:
    assert type(database_error(error, "db")) is found
