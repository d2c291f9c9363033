"""A real PgBouncer in transaction mode, in front of the tests' PostgreSQL."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.poolers.programs import pgbouncer
from tests.support.servers.ports import listens, unused_port
from tests.support.servers.processes import serving

SERVERS = 3
"""Connections to PostgreSQL. There are fewer than clients, so that transactions of several clients share each."""

PATIENT = "connect_timeout=60&pool_timeout=60"
"""Bounds that a busy test machine does not reach."""


@pytest.fixture
def pooled_url(postgres_database_url: str) -> Iterator[str]:
    """URL of the test's database behind the pooler, as providers print it."""
    folder = Path(tempfile.mkdtemp(prefix="pgbouncer-"))
    folder.chmod(0o777)  # The pooler refuses to run as root, and leaves that user by itself.
    port = unused_port()
    settings = folder / "pgbouncer.ini"
    settings.write_text(_settings(postgres_database_url, port))
    command = [pgbouncer(), *_user(postgres_database_url), str(settings)]
    database = make_url(postgres_database_url).database
    try:
        with serving(command, os.environ, lambda: listens(port), folder / "pgbouncer.log"):
            yield f"postgresql://shop:any@127.0.0.1:{port}/{database}?sslmode=disable&pgbouncer=true&{PATIENT}"
    finally:
        shutil.rmtree(folder)


def _user(url: str) -> list[str]:
    """The user that the pooler changes to.

    It refuses to run as root, and only the server's user may enter the folder of its socket.
    """
    if os.geteuid() != 0:
        return []
    socket = str(make_url(url).query.get("host", ""))
    return ["-u", Path(socket).owner() if socket.startswith("/") else "nobody"]


def _settings(url: str, port: int) -> str:
    server = make_url(url)
    parts = {"host": server.query.get("host") or server.host, "port": server.port or 5432}
    parts |= {"user": server.username, "password": server.password}
    target = " ".join(f"{name}='{value}'" for name, value in parts.items() if value)
    return f"""
[databases]
* = {target}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {SERVERS}
server_lifetime = 1
"""
