"""Staging of rows in temporary tables, where duplicates are found.

The temporary tables belong to one connection and are on disk. Memory use stays bounded, other writers do not wait, and
the catalog is unchanged until all rows are validated.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa
from sqlalchemy import Column, Index, Table, and_, delete, exists, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable

from catalog.entities import Preferences
from catalog.ids import GUEST, derived_purchase_id
from catalog.tables import staged_purchases, staging

_LOAD_CACHE_KIB = 128 * 1024

COLUMN_OF_FIELD = {"product_id": "id", "user_id": "id", "product_created_at": "created_at"}
"""Columns of the tables that are named otherwise than the field of a file."""

_merged = Table(
    "merged_purchases",
    staging,
    Column("id", staged_purchases.c.id.type, primary_key=True),
    Column("row", staged_purchases.c.row.type, nullable=False),
    Column("quantity", staged_purchases.c.quantity.type, nullable=False),
    prefixes=["TEMPORARY"],
)


async def prepare_staging(connection: AsyncConnection) -> None:
    """Creates the temporary tables."""
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql(f"PRAGMA cache_size = -{_LOAD_CACHE_KIB}")
    for table in staging.sorted_tables:
        await connection.execute(CreateTable(table))


async def drop_staging(connection: AsyncConnection) -> None:
    """Drops the temporary tables."""
    for table in staging.sorted_tables:
        await connection.execute(DropTable(table))


async def stage(connection: AsyncConnection, table: Table, rows: Sequence[tuple[object, ...]]) -> None:
    """Appends rows with values in the order of the table's columns."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        driver: Any = (await connection.get_raw_connection()).driver_connection
        names = [column.name for column in table.columns]
        await driver.copy_records_to_table(table.name, records=rows, columns=names)
        return
    marks = ", ".join("?" * len(table.columns))
    await connection.exec_driver_sql(f"INSERT INTO {table.name} VALUES ({marks})", list(rows))  # noqa: S608 - names of a table of ours


def product_rows(batch: "pa.RecordBatch", first: int) -> list[tuple[object, ...]]:
    """Returns a batch of products as rows of its staging table, numbered from `first`.

    A product without a title is called by its id, so that reasons can name it.
    """
    ids, titles, listed = (_values(batch, name) for name in ("product_id", "title", "listed"))
    named = [title or id_ for id_, title in zip(ids, titles, strict=True)]
    rest = (_values(batch, name) for name in ("description", "category", "brand", "price", "currency"))
    in_stock = [value is not False for value in _values(batch, "in_stock")]
    created_at = _micros(batch, "created_at")
    attributes = [_without_nulls(value) for value in _values(batch, "attributes")]
    columns = (ids, named, *rest, in_stock, _values(batch, "image_url"), created_at, attributes, listed)
    return list(zip(itertools.count(first), *columns, strict=False))


def user_rows(batch: "pa.RecordBatch", first: int) -> list[tuple[object, ...]]:
    """Returns a batch of users as rows of its staging table, numbered from `first`."""
    preferences = [_preferences(value) for value in _values(batch, "preferences")]
    created_at, locales = _micros(batch, "created_at"), _values(batch, "locale")
    columns = (_values(batch, "user_id"), preferences, created_at, locales)
    return list(zip(itertools.count(first), *columns, strict=False))


def purchase_rows(batch: "pa.RecordBatch", first: int) -> list[tuple[object, ...]]:
    """Returns a batch of purchases as rows of its staging table, numbered from `first`.

    Purchases without an id get a derived one.
    """
    given, users, products, quantities, prices, orders = (
        _values(batch, name)
        for name in ("purchase_id", "user_id", "product_id", "quantity", "price", "order_id")
    )
    times = _micros(batch, "purchased_at")
    keys = zip(given, users, products, orders, times, strict=True)
    ids = [id_ or derived_purchase_id(user, product, order, at) for id_, user, product, order, at in keys]
    buyers = [user or GUEST for user in users]
    explicit = [id_ is not None for id_ in given]
    columns = (ids, buyers, products, times, quantities, prices, orders, explicit)
    return list(zip(itertools.count(first), *columns, strict=False))


def _without_nulls(given: str | None) -> str:
    """Returns a JSON object without empty members.

    Every row of a struct column has all of them.
    """
    fields = msgspec.json.decode(given or "{}", type=dict[str, Any])
    return msgspec.json.encode({name: value for name, value in fields.items() if value is not None}).decode()


def _preferences(given: str | None) -> str:
    """Returns preferences as the API returns them. Invalid ones are as good as none."""
    try:
        fields = {
            name: value for name, value in msgspec.json.decode(given or "{}").items() if value is not None
        }
        return msgspec.json.encode(msgspec.convert(fields, Preferences)).decode()
    except (msgspec.MsgspecError, AttributeError):
        return "{}"


def _values(batch: "pa.RecordBatch", name: str) -> list[Any]:
    """Values of a column, or None for each row without it."""
    if name not in batch.schema.names:
        return [None] * batch.num_rows
    return list(batch.column(name).to_pylist())


def _micros(batch: "pa.RecordBatch", name: str) -> list[Any]:
    """Times of a column in microseconds since 1970."""
    if name not in batch.schema.names:
        return [None] * batch.num_rows
    return list(batch.column(name).cast(pa.int64()).to_pylist())


async def index_staged(connection: AsyncConnection, table: Table) -> None:
    """Creates the index on ids, after all rows are staged."""
    await connection.execute(CreateIndex(Index(f"{table.name}_by_id", table.c.id, table.c.row)))
    if connection.dialect.name == "postgresql":
        await connection.execute(text(f"ANALYZE {table.name}"))


async def merge_same_purchases(connection: AsyncConnection) -> int:
    """Merges rows of the same purchase, adds up quantities, and returns the rows removed."""
    rows = staged_purchases
    same = select(rows.c.id, func.min(rows.c.row), func.sum(rows.c.quantity))
    repeated = same.where(~rows.c.own_id).group_by(rows.c.id).having(func.count() > 1)
    await connection.execute(_merged.insert().from_select(["id", "row", "quantity"], repeated))
    first = and_(_merged.c.id == rows.c.id, _merged.c.row == rows.c.row)
    total = select(_merged.c.quantity).where(first).scalar_subquery()
    await connection.execute(update(rows).where(rows.c.row.in_(select(_merged.c.row))).values(quantity=total))
    later = exists().where(_merged.c.id == rows.c.id, _merged.c.row < rows.c.row)
    return (await connection.execute(delete(rows).where(later))).rowcount
