"""Errors of the drivers are translated by what to do about them."""

import inspect
import sqlite3

import asyncpg
import pytest
import sqlalchemy.exc

from adapters.database import DatabaseError, DatabaseNotPrepared, DatabaseRejected, DatabaseUnavailable
from adapters.database.errors import database_error


def accepted_errors(sqlstate: str) -> set[type[DatabaseError]]:
    """Accepted translations of a SQLSTATE. Its first two characters are its class."""
    if sqlstate in {"42P01", "42703", "3F000"}:
        return {DatabaseNotPrepared}
    if sqlstate[:2] in {"22", "23"} or sqlstate == "42601":
        return {DatabaseRejected}  # Values, constraints, syntax: mistakes of the caller.
    if sqlstate[:2] in {"08", "28", "3D", "40", "53", "57", "58", "XX"}:
        return {DatabaseUnavailable}
    return {DatabaseRejected, DatabaseUnavailable}


def test_every_error_of_postgresql_is_translated() -> None:
    kinds = [
        member
        for member in vars(asyncpg).values()
        if inspect.isclass(member) and issubclass(member, asyncpg.PostgresError) and member.sqlstate
    ]
    assert len(kinds) > 200
    translated = {
        kind.__name__: (type(database_error(kind("reason"), "db")), kind.sqlstate) for kind in kinds
    }
    assert {
        name: (found, state)
        for name, (found, state) in translated.items()
        if found not in accepted_errors(state)
    } == {}


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
        (sqlalchemy.exc.StatementError("m", "s", None, ValueError("no time zone")), DatabaseRejected),
    ],
)
def test_errors_of_other_layers_are_translated(error: Exception, found: type[DatabaseError]) -> None:
    assert type(database_error(error, "db")) is found
