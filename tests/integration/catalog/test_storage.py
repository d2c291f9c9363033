"""Stamps, writer locks, and databases that are full, locked or unavailable."""

import asyncio
import threading
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, make_url, text

from catalog.database import Database
from catalog.entities import ProductBody, PurchaseBody
from catalog.errors import StorageBusy, StorageFull, StorageUnavailable
from catalog.repositories.products import ProductRepository
from catalog.repositories.purchases import PurchaseRepository
from catalog.tables import metadata

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 5, 17, 9, 30, tzinfo=UTC)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, timeout_seconds=20)
    yield database
    await database.close()


async def test_stamps_always_increase(database: Database) -> None:
    times = iter([NOW, NOW, NOW - timedelta(days=1), NOW])
    repository = ProductRepository(database, lambda: next(times))
    stamps = []
    for number in range(3):
        product, _ = await repository.put(f"p{number}", ProductBody(title="t"))
        stamps.append(product.updated_at)
    await repository.delete("p0")
    [deleted] = await repository.by_ids(["p0"])
    stamps.append(deleted.updated_at)
    assert stamps == [NOW + timedelta(microseconds=number) for number in range(4)]


async def test_later_commits_sort_later(database: Database) -> None:
    repository = PurchaseRepository(database, lambda: datetime.now(UTC))
    bodies = [
        [PurchaseBody(user_id=f"u{call}", product_id=f"p{number}", purchased_at=NOW) for number in range(20)]
        for call in range(8)
    ]
    seen: list[str] = []

    async def follow() -> None:
        after = None
        while len(seen) < 160:
            page, _ = await repository.page(after=after, since=None, limit=1000)
            new = [purchase.user_id for purchase in page if purchase.id not in known]
            known.update(purchase.id for purchase in page)
            seen.extend(new)
            # New purchases always appear at the end, and each call appears as a whole.
            assert [purchase.user_id for purchase in page] == seen
            await asyncio.sleep(0)

    known: set[str] = set()
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(follow())
        for body in bodies:
            tasks.create_task(repository.record(body))
    assert len(seen) == 160


async def test_writer_waits_for_the_lock_and_then_fails(database: Database, database_url: str) -> None:
    other = Database(database_url, timeout_seconds=0.5)
    repository = ProductRepository(other, lambda: NOW)
    await other.check()
    async with database.writing() as connection:
        await connection.execute(text("DELETE FROM users"))
        with pytest.raises(StorageBusy, match="locked by another writer"):
            await repository.put("p", ProductBody(title="t"))
        assert await repository.by_ids(["p"]) == []
    await repository.put("p", ProductBody(title="t"))
    await other.close()


async def test_failed_write_is_rolled_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.writing() as connection:
            await connection.execute(text("INSERT INTO users (id, preferences) VALUES ('u', '{}')"))
            raise ZeroDivisionError
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM users"))).scalar_one() == 0


def limit_size(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA max_page_count = 30")


async def test_full_disk_is_reported_and_changes_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/c.db", timeout_seconds=1)
    await database.check()
    repository = ProductRepository(database, lambda: NOW)
    event.listen(Engine, "begin", limit_size)
    try:
        with pytest.raises(StorageFull, match="no space is left for the database"):
            await repository.put("p", ProductBody(title="t" * 200_000))
    finally:
        event.remove(Engine, "begin", limit_size)
    assert await repository.by_ids(["p"]) == []
    await database.close()


async def test_file_that_is_not_a_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "c.db").write_bytes(b"not a database at all, but long enough to be looked at" * 100)
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/c.db", timeout_seconds=1)
    with pytest.raises(StorageUnavailable, match="not a database"):
        await database.check()
    await database.close()


async def test_missing_folder_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    start = threading.Thread.start
    monkeypatch.setattr(
        threading.Thread, "start", lambda thread: (started.append(thread.name), start(thread))
    )
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/none/c.db", timeout_seconds=1)
    with pytest.raises(StorageUnavailable, match="unable to open"):
        await database.check()
    await database.close()
    # A thread of the driver could outlive the event loop and print a traceback.
    assert not [name for name in started if "connection_worker" in name]


async def test_unreachable_or_refusing_server_is_unavailable(
    free_port: int, postgres_database_url: str
) -> None:
    away = f"postgresql+asyncpg://someone:secret@127.0.0.1:{free_port}/shop"
    nowhere = postgres_database_url.rpartition("/")[0] + "/nowhere"
    for url in (away, nowhere + "?" + postgres_database_url.partition("?")[2]):
        database = Database(url.rstrip("?"), timeout_seconds=1)
        with pytest.raises(StorageUnavailable) as caught:
            await database.check()
        assert "secret" not in str(caught.value)
        await database.close()


async def test_user_without_the_right_to_create_tables_finds_it_unavailable(
    postgres_database_url: str,
) -> None:
    owner = Database(postgres_database_url, timeout_seconds=5)
    name = f"reader_{uuid.uuid4().hex}"
    async with owner.reading() as connection, connection.begin():
        await connection.run_sync(metadata.drop_all)
        await connection.execute(text(f"CREATE ROLE {name} LOGIN PASSWORD 'hush'"))
    url = make_url(postgres_database_url).set(username=name, password="hush")
    reader = Database(url.render_as_string(hide_password=False), timeout_seconds=5)
    try:
        with pytest.raises(StorageUnavailable, match="permission denied"):
            await reader.check()
    finally:
        await reader.close()
        async with owner.reading() as connection, connection.begin():
            await connection.execute(text(f"DROP ROLE {name}"))
        await owner.close()
