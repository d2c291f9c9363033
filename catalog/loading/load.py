"""Atomic loading of files into the catalog."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.database import Database
from catalog.instants import Clock, system_clock
from catalog.loading import merging, staging
from catalog.loading.demo_dates import use_demo_dates
from catalog.loading.facts import load_facts, record_load
from catalog.loading.progress import Progress
from catalog.repositories.stamps import next_stamp
from catalog.tables import products, purchases, staged_products, staged_purchases, staged_users
from command_line.plurals import counted
from purchase_files import PurchaseData

Rows: TypeAlias = "Callable[[pa.RecordBatch, int], list[tuple[object, ...]]]"
"""Converts a batch to rows of a staging table, numbered from a number."""

_WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Summary:
    """Numbers of new or changed rows in a load."""

    products: int
    purchases: int
    users: int

    def lines(self) -> list[str]:
        """Returns the summary as text."""
        counts = {"products": self.products, "purchases": self.purchases, "users": self.users}
        return [f"{kind}: {number:,} new or changed" for kind, number in counts.items()]


async def load(
    database_url: str,
    data: PurchaseData,
    progress: Progress,
    clock: Clock = system_clock,
    *,
    demo_dates: bool = False,
) -> Summary:
    """Loads files that were read.

    With `demo_dates`, their dates are moved, see `use_demo_dates`.

    Raises:
        StorageError: failure of the database. Nothing was changed.
    """
    loading = _Loading(data, progress, clock)
    database = Database(database_url, timeout_seconds=_WAIT_SECONDS, statement_seconds=None)
    try:
        async with database.reading() as connection:
            async with connection.begin():
                await staging.prepare_staging(connection)
                await loading.stage(connection)
                if demo_dates:
                    notice = await use_demo_dates(connection, clock())
                    progress.notice(notice or "There are no purchases whose dates could be moved")
            async with database.locked(connection):
                summary = await loading.merge(connection)
                await staging.drop_staging(connection)
        return summary
    finally:
        await database.close()


class _Loading:
    """A load, which stages all rows and then merges them."""

    def __init__(self, data: PurchaseData, progress: Progress, clock: Clock) -> None:
        self._data = data
        self._progress = progress
        self._clock = clock

    async def stage(self, connection: AsyncConnection) -> None:
        """Writes all rows to the temporary tables."""
        preview = self._data.preview
        await self._stage(
            connection, staged_products, self._data.products(), staging.product_rows, preview.products
        )
        await self._stage(connection, staged_users, self._data.users(), staging.user_rows, 0)
        await self._stage(
            connection, staged_purchases, self._data.purchases(), staging.purchase_rows, preview.purchases
        )
        merged = await staging.merge_same_purchases(connection)
        if merged:
            self._progress.notice(
                f"{counted(merged, 'row repeats', 'rows repeat')} a purchase (same user, product and order, or time). "
                "Their quantities were added up"
            )

    async def merge(self, connection: AsyncConnection) -> Summary:
        """Merges the staged rows into the catalog, under the writer lock."""
        changed_at = await next_stamp(connection, products.c.updated_at, self._clock)
        recorded_at = await next_stamp(connection, purchases.c.recorded_at, self._clock)
        changed_products = await merging.merge_products(
            connection, self._given("products", staged_products), changed_at
        )
        changed_products += await merging.add_bought_products(connection, changed_at)
        changed_users = await merging.merge_users(connection, self._given("users", staged_users))
        changed_users += await merging.add_unknown_users(connection)
        with self._progress.stage("Writing purchases", self._data.preview.purchases) as advance:
            recorded = await merging.merge_purchases(connection, recorded_at, advance)
        await record_load(connection, load_facts(self._data.preview, self._clock()))
        return Summary(products=changed_products, purchases=recorded, users=changed_users)

    async def _stage(
        self,
        connection: AsyncConnection,
        table: Table,
        batches: "Iterator[pa.RecordBatch]",
        rows: Rows,
        expected: int,
    ) -> None:
        first = 1
        with self._progress.stage(f"Staging {table.name.removeprefix('staged_')}", expected) as advance:
            for batch in batches:
                await staging.stage(connection, table, rows(batch, first))
                first += batch.num_rows
                advance(batch.num_rows)
        await staging.index_staged(connection, table)

    def _given(self, role: str, table: Table) -> list[str]:
        """Columns of a table that files of products or users have.

        Others stay as they are in the catalog. Files may have fields that the catalog does not keep, such as accounts.
        """
        paths = {file.path for file in self._data.preview.files if file.role == role}
        fields = {column.field for column in self._data.preview.columns if column.path in paths}
        names = {staging.COLUMN_OF_FIELD.get(field, field) for field in fields}
        return sorted(names.intersection(table.columns.keys()))
