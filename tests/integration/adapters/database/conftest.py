"""Databases in SQLite and in PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import DatabaseBounds, EventStore, open_engine
from adapters.database.migrations import migrate

IMPATIENT = DatabaseBounds(connect_seconds=1, statement_seconds=1, pool_seconds=0.2, connections=3)


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
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Engine with short timeouts."""
    engine = open_engine(database_url, IMPATIENT)
    yield engine
    await engine.dispose()


@pytest.fixture
async def patient(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Engine of a migrated database, for writers that wait for each other."""
    engine = open_engine(database_url)
    await migrate(engine)
    yield engine
    await engine.dispose()


@pytest.fixture
async def store(engine: AsyncEngine) -> EventStore:
    """Empty store that reads ten rows at a time."""
    store = EventStore(engine, page_size=10)
    await migrate(engine)
    return store


@pytest.fixture
async def opened() -> AsyncIterator[Callable[[str], AsyncEngine]]:
    """Opens engines, and disposes of them at the end."""
    engines: list[AsyncEngine] = []

    def open_one(url: str) -> AsyncEngine:
        engines.append(open_engine(url, IMPATIENT))
        return engines[-1]

    yield open_one
    for engine in engines:
        await engine.dispose()
