"""Databases with the tables of this version."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from adapters.database import open_engine
from adapters.database.migrations import migrate


def migrated_database(folder: Path) -> str:
    """Creates an SQLite file in `folder` and returns its URL."""
    url = f"sqlite:///{folder / 'recommender.db'}"
    migrate_at(url)
    return url


def migrate_at(url: str) -> None:
    """Does what `python -m service migrate` does, without the start of a process."""

    async def prepare() -> None:
        engine = open_engine(url)
        await migrate(engine)
        await engine.dispose()

    # The caller may run inside an event loop, so that the migration needs another thread.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, prepare()).result()
