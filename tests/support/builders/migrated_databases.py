"""An SQLite file with the tables of this version."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from adapters.database import open_engine
from adapters.database.migrations import migrate


def migrated_database(folder: Path) -> str:
    """Creates a database in `folder` and returns its URL."""
    url = f"sqlite:///{folder / 'recommender.db'}"

    async def prepare() -> None:
        engine = open_engine(url)
        await migrate(engine)
        await engine.dispose()

    # The caller may run inside an event loop, so that the migration needs another thread.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, prepare()).result()
    return url
