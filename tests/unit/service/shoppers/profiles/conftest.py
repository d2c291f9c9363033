import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import open_engine
from adapters.database.migrations import migrate
from tests.support.builders.profile_shops import Shop


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database, to be copied."""
    file = tmp_path_factory.mktemp("database") / "shoppers.db"

    async def make() -> None:
        engine = open_engine(f"sqlite:///{file}")
        await migrate(engine)
        await engine.dispose()

    asyncio.run(make())
    return file


@pytest.fixture
async def engine(database: Path, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(f"sqlite:///{shutil.copy(database, tmp_path)}")
    yield engine
    await engine.dispose()


@pytest.fixture
def shop(engine: AsyncEngine) -> Shop:
    return Shop(engine)
