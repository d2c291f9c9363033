"""An SQLite file with the tables of this version."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import open_engine
from adapters.database.migrations import migrate


def migrated_engine(folder: Path) -> AsyncEngine:
    """An engine over a new database in `folder`; nothing is connected yet."""
    url = f"sqlite:///{folder / 'recommender.db'}"

    async def prepare() -> None:
        engine = open_engine(url)
        await migrate(engine)
        await engine.dispose()

    # In a thread of its own: the caller may be inside an event loop already.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, prepare()).result()
    return open_engine(url)
