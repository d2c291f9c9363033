"""Atomic loading of files into the catalog."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.database import Database
from catalog.instants import Clock, system_clock
from catalog.loading import merging, staging
from catalog.loading.columns import (
    DESCRIBING_COLUMNS,
    PRODUCT_COLUMNS,
    PURCHASE_COLUMNS,
    USER_COLUMNS,
    FileColumn,
    ignored_columns,
    present_columns,
    read_batches,
)
from catalog.loading.files import TableFile, open_table
from catalog.loading.progress import Progress
from catalog.repositories.stamps import next_stamp
from catalog.tables import products, purchases, staged_products, staged_purchases, staged_users

_WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Files:
    """Paths of the files to load."""

    products: Path | None = None
    purchases: Path | None = None
    users: Path | None = None

    @property
    def any_given(self) -> bool:
        """True if there is at least one file."""
        return any((self.products, self.purchases, self.users))


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


@dataclass(frozen=True)
class _OpenFile:
    """A file with its known columns."""

    file: TableFile
    columns: list[FileColumn]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]


async def load(database_url: str, files: Files, progress: Progress, clock: Clock = system_clock) -> Summary:
    """Loads the files.

    Raises:
        BadInput: invalid file. Nothing was changed.
        StorageError: failure of the database. Nothing was changed.
    """
    loading = _Loading(files, progress, clock)
    database = Database(database_url, timeout_seconds=_WAIT_SECONDS, statement_seconds=None)
    try:
        async with database.idle() as connection:
            async with connection.begin():
                await staging.prepare_staging(connection)
                await loading.stage(connection)
            async with database.locked(connection):
                summary = await loading.merge(connection)
                await staging.drop_staging(connection)
        return summary
    finally:
        await database.close()


class _Loading:
    """A load, which checks all headers first, then stages and merges the rows."""

    def __init__(self, files: Files, progress: Progress, clock: Clock) -> None:
        self._progress = progress
        self._clock = clock
        describing = () if files.products else DESCRIBING_COLUMNS
        self._products = self._open(files.products, PRODUCT_COLUMNS)
        self._purchases = self._open(files.purchases, (*PURCHASE_COLUMNS, *describing))
        self._users = self._open(files.users, USER_COLUMNS)

    async def stage(self, connection: AsyncConnection) -> None:
        """Validates all files and writes their rows to the temporary tables."""
        if self._products is not None:
            await self._stage_products(connection, self._products)
        if self._users is not None:
            await self._stage_users(connection, self._users)
        if self._purchases is not None:
            await self._stage_purchases(connection, self._purchases)

    async def merge(self, connection: AsyncConnection) -> Summary:
        """Merges the staged rows into the catalog, under the writer lock."""
        changed_at = await next_stamp(connection, products.c.updated_at, self._clock)
        recorded_at = await next_stamp(connection, purchases.c.recorded_at, self._clock)
        changed_products = changed_users = recorded = 0
        if self._products is not None:
            changed_products += await merging.merge_products(connection, self._products.names, changed_at)
        if self._users is not None:
            changed_users += await merging.merge_users(connection, self._users.names)
        if self._purchases is not None:
            changed_products += await self._add_products(connection, changed_at)
            changed_users += await merging.add_unknown_users(connection)
            with self._progress.stage("Writing purchases", self._purchases.file.rows) as advance:
                recorded = await merging.merge_purchases(connection, recorded_at, advance)
        return Summary(products=changed_products, purchases=recorded, users=changed_users)

    async def _add_products(self, connection: AsyncConnection, stamp: int) -> int:
        if self._products is None:
            described = await merging.add_described_products(connection, stamp)
            return described + await merging.add_unknown_products(connection, stamp)
        unknown = await merging.add_unknown_products(connection, stamp)
        if unknown:
            self._progress.notice(
                f"{unknown:,} products appear in purchases only. They were added with the id as title"
            )
        return unknown

    async def _stage_products(self, connection: AsyncConnection, opened: _OpenFile) -> None:
        untitled = 0
        with self._progress.stage("Reading products", opened.file.rows) as advance:
            for batch in read_batches(opened.file, opened.columns):
                await staging.stage(connection, staged_products, staging.plain_rows(staged_products, batch))
                untitled += batch.columns["title"].to_pylist().count("")
                advance(batch.size)
        await staging.index_staged(connection, staged_products)
        await staging.reject_duplicates(connection, staged_products, opened.file)
        if untitled:
            self._progress.notice(f"{opened.file.path}: {untitled:,} products have no title")

    async def _stage_users(self, connection: AsyncConnection, opened: _OpenFile) -> None:
        with self._progress.stage("Reading users", opened.file.rows) as advance:
            for batch in read_batches(opened.file, opened.columns):
                await staging.stage(connection, staged_users, staging.plain_rows(staged_users, batch))
                advance(batch.size)
        await staging.index_staged(connection, staged_users)
        await staging.reject_duplicates(connection, staged_users, opened.file)

    async def _stage_purchases(self, connection: AsyncConnection, opened: _OpenFile) -> None:
        describes = any(column in DESCRIBING_COLUMNS for column in opened.columns)
        with self._progress.stage("Reading purchases", opened.file.rows) as advance:
            for batch in read_batches(opened.file, opened.columns):
                await staging.stage(connection, staged_purchases, staging.purchase_rows(batch))
                if describes:
                    await staging.stage(connection, staged_products, staging.describing_rows(batch))
                advance(batch.size)
        await staging.index_staged(connection, staged_purchases)
        if describes:
            await staging.index_staged(connection, staged_products)
            await staging.keep_first_descriptions(connection)
        await self._merge_duplicates(connection, opened)

    async def _merge_duplicates(self, connection: AsyncConnection, opened: _OpenFile) -> None:
        if "id" in opened.names:
            await staging.reject_duplicates(connection, staged_purchases, opened.file)
        merged = await staging.merge_same_purchases(connection)
        if merged:
            self._progress.notice(
                f"{opened.file.path}: {merged:,} rows repeat a purchase (same user, product and order, or time). "
                "Their quantities were added up"
            )

    def _open(self, path: Path | None, columns: Sequence[FileColumn]) -> _OpenFile | None:
        if path is None:
            return None
        file = open_table(path)
        opened = _OpenFile(file, present_columns(file, columns))
        ignored = ignored_columns(file, columns)
        if ignored:
            self._progress.notice(f"{path}: these columns are not used: {', '.join(ignored)}")
        return opened
