"""Staging of rows in temporary tables, where duplicates are found.

The temporary tables belong to one connection and are on disk. Memory use stays bounded, other writers do not wait, and
the catalog is unchanged until all rows are validated.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Index, Table, and_, delete, exists, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable

from catalog.errors import BadInput
from catalog.ids import derived_purchase_id
from catalog.loading.columns import Batch
from catalog.loading.files import TableFile
from catalog.tables import staged_products, staged_purchases, staging

_LOAD_CACHE_KIB = 128 * 1024

_DEFAULTS: dict[str, object] = {
    "title": "",
    "in_stock": True,
    "attributes": "{}",
    "preferences": "{}",
    "quantity": 1.0,
}

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
    await connection.exec_driver_sql(f"INSERT INTO {table.name} VALUES ({marks})", list(rows))  # noqa: S608


def plain_rows(table: Table, batch: Batch) -> list[tuple[object, ...]]:
    """Returns a batch of products or users as rows of its staging table."""
    names = [column.name for column in table.columns if column.name != "row"]
    return list(zip(_numbers(batch), *batch.lists(names, _DEFAULTS), strict=True))


def purchase_rows(batch: Batch) -> list[tuple[object, ...]]:
    """Returns a batch of purchases as rows of its staging table.

    Purchases without an id get a derived one.
    """
    given, users, products, times, quantities, prices, orders = batch.lists(
        ("id", "user_id", "product_id", "purchased_at", "quantity", "unit_price", "order_id"), _DEFAULTS
    )
    explicit = [id_ is not None for id_ in given]
    keys: Iterator[Any] = zip(given, users, products, orders, times, quantities, strict=True)
    made = [
        id_ if id_ is not None else derived_purchase_id(user, product, order, at, refund=quantity < 0)
        for id_, user, product, order, at, quantity in keys
    ]
    columns = (made, users, products, times, quantities, prices, orders, explicit)
    return list(zip(_numbers(batch), *columns, strict=True))


def describing_rows(batch: Batch) -> list[tuple[object, ...]]:
    """Returns one product row for each product in a batch of purchases."""
    names = ("product_id", "title", "description", "category", "brand", "price")
    seen: dict[object, tuple[object, ...]] = {}
    for row, id_, title, *rest in zip(_numbers(batch), *batch.lists(names, {}), strict=True):
        if id_ not in seen:
            seen[id_] = (row, id_, title if title is not None else id_, *rest, None, True, None, None, "{}")
    return list(seen.values())


async def index_staged(connection: AsyncConnection, table: Table) -> None:
    """Creates the index on ids, after all rows are staged."""
    await connection.execute(CreateIndex(Index(f"{table.name}_by_id", table.c.id, table.c.row)))
    if connection.dialect.name == "postgresql":
        await connection.execute(text(f"ANALYZE {table.name}"))


async def reject_duplicates(connection: AsyncConnection, table: Table, file: TableFile) -> None:
    """Rejects a file in which two rows have the same explicit id.

    Raises:
        BadInput: duplicate id. The message names both rows.
    """
    other = table.alias("other")
    pair = select(table.c.id, other.c.row, table.c.row).where(
        table.c.id == other.c.id, other.c.row < table.c.row
    )
    if "own_id" in table.c:
        pair = pair.where(table.c.own_id, other.c.own_id)
    found = (await connection.execute(pair.order_by(table.c.row, other.c.row).limit(1))).one_or_none()
    if found is not None:
        id_, first, second = found
        line = file.line_of(second)
        raise BadInput(
            file.path,
            f"{id_!r} is already the id of row {first}. Ids must be unique",
            row=second,
            line=line,
            column="id",
        )


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


async def keep_first_descriptions(connection: AsyncConnection) -> None:
    """Keeps the first row of each product."""
    first = staged_products.alias("first")
    earlier = exists().where(first.c.id == staged_products.c.id, first.c.row < staged_products.c.row)
    await connection.execute(delete(staged_products).where(earlier))


def _numbers(batch: Batch) -> Iterator[int]:
    return iter(range(batch.first_row, batch.first_row + batch.size))
