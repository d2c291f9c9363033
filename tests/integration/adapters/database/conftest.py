"""Databases in SQLite and in PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import DatabaseBounds, EventStore, open_engine
from adapters.database.migrations import migrate
from tests.support.builders.storage.database_engines import PATIENT, Opened


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An empty SQLite database."""
    return f"sqlite:///{tmp_path}/events.db"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, first in SQLite, then in PostgreSQL."""
    return str(
        request.getfixturevalue("postgres_database_url" if request.param == "postgres" else "sqlite_url")
    )


@pytest.fixture
def engine(opened: Opened, database_url: str) -> AsyncEngine:
    """Engine of an empty database."""
    return opened(database_url)


@pytest.fixture
async def store(engine: AsyncEngine) -> EventStore:
    """Empty store that reads ten rows at a time."""
    store = EventStore(engine, page_size=10)
    await migrate(engine)
    return store


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
