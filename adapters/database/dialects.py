"""Statements that each database has in its own dialect."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, Text, any_, cast, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def insert_into(connection: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """INSERT for the database of `connection`."""
    if _is_postgresql(connection):
        return postgresql.insert(table)
    return sqlite.insert(table)


async def insert_new(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> set[str]:
    """Inserts the rows with a new `id`, in their order, and returns these ids."""
    insert = insert_into(connection, table)
    if not _is_postgresql(connection):
        new = insert.on_conflict_do_nothing().returning(table.c.id)
        return set((await connection.execute(new, [dict(row) for row in rows])).scalars())
    # One array for each column: the server takes far longer to parse a parameter for each value.
    arrays = [
        func.unnest(_array([row[column.name] for row in rows], column)).label(column.name)
        for column in table.c
    ]
    values = insert.from_select([column.name for column in table.c], select(*arrays))
    new = values.on_conflict_do_nothing().returning(table.c.id)
    return set((await connection.execute(new)).scalars())


def is_among(
    connection: AsyncConnection, column: Column[str], values: Collection[str]
) -> ColumnElement[bool]:
    """True for rows whose `column` is one of `values`.

    It takes one parameter in PostgreSQL, however many values there are.
    """
    if _is_postgresql(connection):
        return column == any_(_array(sorted(values), column))
    return column.in_(sorted(values))


def _is_postgresql(connection: AsyncConnection) -> bool:
    return connection.dialect.name == "postgresql"


def _array(values: Sequence[Any], column: Column[Any]) -> ColumnElement[Any]:
    # An array has no collation. The column keeps its own.
    kind = postgresql.ARRAY(Text() if isinstance(column.type, Text) else column.type)
    return cast(literal(list(values), kind), kind)
