"""Migrations over both databases, from every revision and by concurrent processes."""

import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import DatabaseUnavailable, EventStore, open_engine
from adapters.database.engine import reading, writing
from adapters.database.migrations import HEAD, migrate
from adapters.database.tables import metadata
from tests.support.builders.recorded_events import an_event, browsed

pytestmark = pytest.mark.anyio

REVISIONS = ("0001", "0002", "0003", "0004")


async def differences(engine: AsyncEngine) -> list[object]:
    def compared(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    async with reading(engine) as connection:
        return await connection.run_sync(compared)


async def column_types(engine: AsyncEngine) -> dict[tuple[str, str], tuple[str, bool]]:
    """Type with collation of every column, and true if it is nullable."""

    def described(connection: Connection) -> dict[tuple[str, str], tuple[str, bool]]:
        seen = inspect(connection)
        return {
            (table, column["name"]): (str(column["type"]), column["nullable"])
            for table in metadata.tables
            for column in seen.get_columns(table)
        }

    async with reading(engine) as connection:
        return await connection.run_sync(described)


async def test_an_empty_database_is_migrated_to_the_tables_of_this_version(engine: AsyncEngine) -> None:
    assert await migrate(engine) == REVISIONS
    assert await differences(engine) == []
    assert await migrate(engine) == ()
    migrated = await column_types(engine)
    async with writing(engine) as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
    assert await column_types(engine) == migrated


@pytest.mark.parametrize("revision", REVISIONS)
async def test_every_revision_is_migrated_to_the_newest(engine: AsyncEngine, revision: str) -> None:
    before = await migrate(engine, revision)
    async with writing(engine) as connection:
        await connection.execute(text(AN_EVENT))
    assert before + await migrate(engine) == REVISIONS
    assert REVISIONS[-1] == HEAD
    assert await differences(engine) == []
    assert len(await browsed(EventStore(engine))) == 1


async def test_a_database_older_than_migrations_is_migrated(engine: AsyncEngine) -> None:
    await migrate(engine, "0001")
    async with writing(engine) as connection:
        await connection.execute(text(AN_EVENT))
        await connection.execute(text("DROP TABLE alembic_version"))
    assert await migrate(engine) == REVISIONS
    assert await differences(engine) == []
    assert len(await browsed(EventStore(engine))) == 1


async def test_concurrent_migrations_apply_each_revision_once(engine: AsyncEngine) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(migrate(engine)) for _ in range(3)]
    assert sorted(task.result() for task in tasks) == [(), (), REVISIONS]
    assert await EventStore(engine).add([an_event()]) == ["added"]


async def test_a_failed_migration_is_rolled_back(engine: AsyncEngine) -> None:
    await migrate(engine, "0001")
    async with writing(engine) as connection:
        await connection.execute(text("CREATE TABLE erasures (user_id TEXT)"))
    with pytest.raises(Exception, match="already exists"):
        await migrate(engine)
    async with reading(engine) as connection:
        columns = await connection.run_sync(lambda sync: inspect(sync).get_columns("events"))
        tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert "recommendation_id" not in {column["name"] for column in columns}
    assert "profiles" not in tables


async def test_an_unreachable_database_is_unavailable() -> None:
    engine = open_engine("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailable):
        await migrate(engine)
    await engine.dispose()


AN_EVENT = """
INSERT INTO events (id, user_id, product_id, kind, occurred_at, recorded_at)
VALUES ('e', 'u', 'p', 'view', '2026-05-17 09:30:00', '2026-05-17 09:30:00')
"""
