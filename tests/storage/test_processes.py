"""Builds, refreshes and services as processes of their own.

The processes of the indexer and the storage are killed at random moments.
"""

import random
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adapters.snapshots.layout import FILES, MANIFEST, SIGNATURE
from adapters.snapshots.remote.bucket import Bucket
from tests.support.builders.services.service_processes import service_processes, valid_token
from tests.support.servers.killed_runs import end_with_run
from tests.support.servers.object_storage.s3_server import S3Server
from tests.support.servers.ports import unused_port
from tests.support.servers.processes import ROOT, environment, module
from tests.support.servers.waiting import wait_for
from tests.support.tokens import Forge
from tests.system.stack.built_shop import built_shop, catalog_server, catalog_settings, indexer_settings
from tests.system.stack.processes import run_here

KEY = "0123456789abcdef" * 4
MAX_BYTES = 1_000_000_000


class Follower(threading.Thread):
    """Asks a service again and again.

    Attributes:
        served: versions that answered.
        failures: other answers after the first one.
    """

    def __init__(self, url: str, token: str) -> None:
        super().__init__(daemon=True)
        self.served, self.failures, self.over = set[str](), list[str](), threading.Event()
        self._client = httpx.Client(base_url=url, headers={"authorization": f"Bearer {token}"}, timeout=60)

    def version(self) -> str | None:
        """The version that the service answers from, None without one."""
        answer = self._client.get("/v1/popular", params={"limit": 3})
        if answer.status_code == 200:
            return str(answer.json()["snapshot_version"])
        if self.served:
            self.failures.append(answer.text)
        return None

    def run(self) -> None:
        """Asks until the end."""
        while not self.over.wait(0.1):
            if version := self.version():
                self.served.add(version)
        self._client.close()


@pytest.fixture
def indexer(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, bucket_url: str
) -> Iterator[Mapping[str, str]]:
    """Settings of an indexer with a running catalog.

    The texts of its products were embedded before.
    """
    folder = tmp_path / "shop"
    shutil.copytree(built_shop(tmp_path_factory), folder, symlinks=True)
    (folder / "snapshot.key").write_text(KEY)
    port = unused_port()
    with catalog_server(folder, port) as catalog:
        catalog.wait_until_ready()
        yield indexer_settings(folder, f"http://127.0.0.1:{port}") | {
            "INDEXER_SNAPSHOT_URL": bucket_url,
            "INDEXER_SNAPSHOT_ROOT": str(tmp_path / "indexer"),
        }


@contextmanager
def running(command: str, settings: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A command of the indexer, which is killed at the end of the block."""
    process = subprocess.Popen(
        module(["indexer", command]),
        cwd=ROOT,
        env=environment(settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end_with_run(process.pid)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def after_bytes(
    server: S3Server, number: int, process: subprocess.Popen[bytes], kill: Callable[[], None]
) -> None:
    """Kills something after a number of bytes to and from the storage.

    It does so earlier when the process ends.
    """
    end = server.relay.passed + number
    while server.relay.passed < end and process.poll() is None:
        time.sleep(0.002)
    kill()


def new_product(shop: Path, number: int) -> None:
    """Adds a product to the catalog, so that a refresh has something to add."""
    products = shop / f"new-{number}.parquet"
    pq.write_table(
        pa.Table.from_pylist([{"id": f"new-{number}", "title": f"New product {number}"}]), products
    )
    done = run_here(["catalog", "load", "--products", str(products)], catalog_settings(shop, 1))
    assert done.returncode == 0, done.stderr


def assert_published(bucket: Bucket, folder: Path, versions: set[str]) -> None:
    """Compares the kept files of a pod with those in the bucket."""
    kept = versions & {path.name for path in folder.iterdir()}
    assert kept
    for version in kept:
        for name in (*FILES, MANIFEST, SIGNATURE):
            found = bucket.read(f"{version}/{name}", MAX_BYTES)
            assert found is not None
            assert (folder / version / name).read_bytes() == found[0], (version, name)


@pytest.mark.timeout(3600)  # six builds, on a busy machine
def test_killed_processes_leave_services_at_whole_snapshots(
    s3_server: S3Server, bucket_url: str, indexer: Mapping[str, str], tmp_path: Path
) -> None:
    bucket, draw = Bucket(f"{bucket_url}/snapshots", retries=False), random.Random(7)
    forge = Forge(tmp_path / "jwks.json")

    def finished(command: str) -> int:
        """Runs a command to its end, and returns the bytes it moved."""
        before = s3_server.relay.passed
        with running(command, indexer) as process:
            assert process.wait() == 0
        return s3_server.relay.passed - before

    def published() -> set[str]:
        signatures = (found.name for found in bucket.list() if found.name.endswith(f"/{SIGNATURE}"))
        return {name.partition("/")[0] for name in signatures}

    settings = {"SERVICE_SNAPSHOT_URL": bucket_url, "SERVICE_SNAPSHOT_POLL_SECONDS": "0.2"}
    pods = [settings | {"SERVICE_SNAPSHOT_ROOT": str(tmp_path / f"pod-{number}")} for number in range(2)]
    for number in range(2):
        (tmp_path / str(number)).mkdir()
    moved = finished("build")
    with (
        service_processes(tmp_path / "0", forge, 1, pods[0]) as one,
        service_processes(tmp_path / "1", forge, 1, pods[1]) as two,
    ):
        followers = [Follower(url, valid_token(forge)) for url in (*one, *two)]
        for follower in followers:
            follower.start()
            wait_for(follower.version, lambda version: version is not None)
        for number, (command, victim) in enumerate(
            [
                ("build", "indexer"),
                ("refresh", "indexer"),
                ("build", "storage"),
                ("refresh", "storage"),
            ]
        ):
            new_product(tmp_path / "shop", number)
            with running(command, indexer) as process:
                kill = process.kill if victim == "indexer" else s3_server.kill
                after_bytes(s3_server, draw.randrange(1, moved), process, kill)
                process.kill()
                process.wait()
            if victim == "storage":
                s3_server.start()
            # The lock of a killed indexer ends after five minutes.
            bucket.delete([".lock"])
        finished("build")
        last = bucket.read("CURRENT", 1_000)
        assert last is not None
        for follower in followers:
            wait_for(follower.version, lambda version: version == last[0].decode().strip())
            follower.over.set()
            follower.join()
    for number, follower in enumerate(followers):
        assert not follower.failures
        assert follower.served <= published()
        assert_published(bucket, tmp_path / f"pod-{number}", follower.served)
