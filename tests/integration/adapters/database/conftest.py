"""Databases in SQLite and in PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import DatabaseBounds, EventStore, open_engine
from tests.conftest import postgres_database
from tests.support.builders.storage.database_engines import PATIENT, Opened
from tests.support.builders.storage.migrated_databases import migrate_at


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An empty SQLite database."""
    return f"sqlite:///{tmp_path}/events.db"


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> Iterator[str]:
    """Name of a PostgreSQL database with the tables, to be copied."""
    with postgres_database(postgres_url) as url:
        migrate_at(url)
        yield str(make_url(url).database)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, sqlite_url: str) -> Iterator[str]:
    """A database, first in SQLite, then in PostgreSQL.

    It is empty, but has the tables if the test uses `store`: to migrate each one would take most of the time.
    """
    with_tables = "store" in request.fixturenames
    if request.param == "postgres":
        template = request.getfixturevalue("migrated_postgres") if with_tables else "template1"
        with postgres_database(request.getfixturevalue("postgres_url"), template) as url:
            yield url
    else:
        if with_tables:
            migrate_at(sqlite_url)
        yield sqlite_url


@pytest.fixture
def engine(opened: Opened, database_url: str) -> AsyncEngine:
    """Engine of an empty database."""
    return opened(database_url)


@pytest.fixture
def store(engine: AsyncEngine) -> EventStore:
    """Empty store that reads ten rows at a time."""
    return EventStore(engine, page_size=10)


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    """Opens engines, and disposes of them at the end."""
    engines: list[AsyncEngine] = []

    def open_one(url: str, bounds: DatabaseBounds = PATIENT) -> AsyncEngine:
        engines.append(open_engine(url, bounds))
        return engines[-1]

    yield open_one
    for engine in engines:
        await engine.dispose()
