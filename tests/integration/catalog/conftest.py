"""A catalog server on loopback with SQLite and with PostgreSQL."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import httpx
import pytest
import uvicorn

from catalog.app import create_app
from catalog.loading.load import Summary, load
from catalog.loading.progress import LineProgress
from catalog.settings import CatalogSettings
from purchase_files import ReadingOptions, open_purchases
from purchase_files.options import Role
from purchase_files.rendering import preview_lines

Serve = Callable[..., httpx.Client]

_ROLES: dict[str, Role] = {"products": "products", "users": "users"}


@dataclass(frozen=True)
class Loaded:
    """Summary of a load, and its output with the preview."""

    summary: Summary
    output: str


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, once of each kind."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_database_url"))
    return f"sqlite+aiosqlite:///{tmp_path}/catalog.db"


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of an empty SQLite database."""
    return f"sqlite+aiosqlite:///{tmp_path}/catalog.db"


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts catalogs with the given settings and stops them after the test."""
    with ExitStack() as stack:

        def start(**settings: object) -> httpx.Client:
            return stack.enter_context(_served(CatalogSettings(**settings)))

        yield start


@pytest.fixture
def catalog(serve: Serve, database_url: str) -> httpx.Client:
    """Client of an empty catalog."""
    return serve(database_url=database_url)


@pytest.fixture
def load_files() -> Callable[..., Loaded]:
    """Loads files into a database."""

    def run(database_url: str, *, demo_dates: bool = False, **files: Path) -> Loaded:
        stream = StringIO()
        roles = {str(files[name]): role for name, role in _ROLES.items() if name in files}
        with open_purchases(list(files.values()), ReadingOptions(roles=roles)) as data:
            print(*preview_lines(data.preview), sep="\n", file=stream)
            loading = load(database_url, data, LineProgress(stream), demo_dates=demo_dates)
            summary = asyncio.run(loading)
        return Loaded(summary, stream.getvalue())

    return run


@contextmanager
def _served(settings: CatalogSettings) -> Iterator[httpx.Client]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        config = uvicorn.Config(create_app(settings), log_config=None, timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()
