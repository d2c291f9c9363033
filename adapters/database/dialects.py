"""Statements that each database has in its own dialect."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, Text, any_, bindparam, func, literal, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert


def insert_into(connection: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """INSERT for the database of `connection`."""
    if _is_postgresql(connection):
        return postgresql.insert(table)
    return sqlite.insert(table)


async def insert_new(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> set[str]:
    """Inserts the rows with a new `id`, in their order, and returns these ids."""
    if not _is_postgresql(connection):
        new = sqlite.insert(table).on_conflict_do_nothing().returning(table.c.id)
        return set((await connection.execute(new, [dict(row) for row in rows])).scalars())
    names = table.c.keys()
    columns = {f"{name}s": [row[name] for row in rows] for name in names}
    return set((await connection.execute(_insert_arrays(table), columns)).scalars())


@cache
def _insert_arrays(table: Table) -> ReturningInsert[str]:
    """Inserts one array for each column.

    The server takes far longer to parse a parameter for each value.
    """
    arrays = [func.unnest(bindparam(f"{column.name}s", type_=_array_of(column))) for column in table.c]
    insert = postgresql.insert(table).from_select(table.c.keys(), select(*arrays))
    return insert.on_conflict_do_nothing().returning(table.c.id)


def is_among(
    connection: AsyncConnection, column: Column[str], values: Collection[str]
) -> ColumnElement[bool]:
    """True for rows whose `column` is one of `values`.

    It takes one parameter in PostgreSQL, however many values there are.
    """
    if _is_postgresql(connection):
        return column == any_(literal(sorted(values), _array_of(column)))
    return column.in_(sorted(values))


async def lock_shoppers(connection: AsyncConnection, user_ids: Collection[str]) -> None:
    """Locks shoppers until the end of the transaction.

    Waits for other transactions that have locked one of them. Later statements see what those have committed. Does
    nothing in SQLite, which has one writer at a time.
    """
    if _is_postgresql(connection):
        # In one order, because two writers of the same shoppers would otherwise deadlock.
        await connection.execute(_LOCK, {"user_ids": sorted(user_ids)})


_LOCK = text(
    "SELECT pg_advisory_xact_lock(number) FROM"
    " (SELECT DISTINCT hashtextextended(id, 0) AS number FROM unnest(:user_ids) AS id ORDER BY number) AS ordered"
).bindparams(bindparam("user_ids", type_=postgresql.ARRAY(Text())))


def _is_postgresql(connection: AsyncConnection) -> bool:
    return connection.dialect.name == "postgresql"


def _array_of(column: Column[Any]) -> postgresql.ARRAY[Any]:
    # An array has no collation. The column keeps its own.
    return postgresql.ARRAY(Text() if isinstance(column.type, Text) else column.type)
