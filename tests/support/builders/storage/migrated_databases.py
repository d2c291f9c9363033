"""Databases with the tables of this version."""

import asyncio
import atexit
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from sqlalchemy import make_url

from adapters.database import open_engine
from adapters.database.migrations import migrate


def migrated_database(folder: Path) -> str:
    """Creates an SQLite file in `folder` and returns its URL."""
    url = f"sqlite:///{folder / 'recommender.db'}"
    migrate_at(url)
    return url


def migrate_at(url: str) -> None:
    """Does what `python -m service migrate` does, without the start of a process.

    A new SQLite file is a copy of the first one. No migration writes what differs from file to file.
    """
    file = Path(make_url(url).database or "")
    if url.startswith("sqlite:///") and file.parent.is_dir() and not file.exists():
        shutil.copyfile(Path(_first_file().name) / "first.db", file)
    else:
        _migrate(url)


@cache
def _first_file() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    _migrate(f"sqlite:///{folder.name}/first.db")
    return folder


def _migrate(url: str) -> None:
    async def prepare() -> None:
        engine = open_engine(url)
        await migrate(engine)
        await engine.dispose()

    # The caller may run inside an event loop, so that the migration needs another thread.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, prepare()).result()
