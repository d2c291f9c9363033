"""A folder and a bucket conform to the port of snapshots.

The bucket is that of a server that speaks S3.
"""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.catalog import Product
from adapters.snapshots import (
    BuildHistory,
    Rollback,
    SnapshotLocked,
    SnapshotNotFound,
    SnapshotRejected,
    SnapshotStorage,
    SnapshotVolume,
    new_version,
    open_snapshot,
    open_storage,
    roll_back,
)
from adapters.snapshots.layout import MANIFEST, SIGNATURE
from adapters.snapshots.remote.bucket import Bucket
from adapters.snapshots.remote.object_storage import ObjectStorage
from tests.support.builders.published_snapshots import KEY, now, publish, refresh, shop

START = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture(params=["folder", "bucket"])
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], SnapshotStorage]:
    """Opens the same storage as another process would."""
    url = request.getfixturevalue("bucket_url") if request.param == "bucket" else None
    return lambda: open_storage(tmp_path / "root", url)


@pytest.fixture
def storage(open_again: Callable[[], SnapshotStorage]) -> SnapshotStorage:
    return open_again()


def add_version(storage: SnapshotStorage, day: int) -> str:
    version = new_version(START + timedelta(days=day), str(day))
    with storage.locked(), storage.building() as directory:
        for name in (MANIFEST, SIGNATURE):
            (directory / name).write_text("x")
        storage.publish(directory, version)
    return version


def test_latest_published_version_is_live(storage: SnapshotStorage) -> None:
    assert storage.versions() == []
    with pytest.raises(SnapshotNotFound, match="no snapshot is published"):
        storage.current()
    first, second = add_version(storage, 1), add_version(storage, 2)
    assert storage.current() == second
    assert storage.versions() == [first, second]
    with storage.locked():
        storage.point_to(first)
        assert storage.current() == first
        with pytest.raises(SnapshotNotFound, match=first):
            storage.point_to("20200101T000000000Z-00000000")
        with pytest.raises(SnapshotRejected, match="is not a snapshot version"):
            storage.point_to("../elsewhere")
    assert storage.current() == first


def test_a_damaged_pointer_is_repaired_by_the_next_writer(storage: SnapshotStorage, tmp_path: Path) -> None:
    first = publish(shop(), tmp_path, storage=storage).version

    def damage() -> None:
        if isinstance(storage, ObjectStorage):
            storage.bucket.write("CURRENT", b"garbage")
        else:
            (tmp_path / "root" / "CURRENT").write_text("garbage")
        with pytest.raises(SnapshotRejected, match="garbage"):
            storage.current()

    damage()
    with pytest.raises(SnapshotNotFound, match="CURRENT is lost or damaged"):
        roll_back(storage, [KEY], None, "tests")
    assert roll_back(storage, [KEY], first, "tests") == Rollback(first, None)
    assert storage.current() == first
    damage()
    assert add_version(storage, 3) == storage.current()


def test_failed_build_leaves_no_files(storage: SnapshotStorage, tmp_path: Path) -> None:
    first = add_version(storage, 1)
    with pytest.raises(RuntimeError, match="half way"), storage.locked(), storage.building() as directory:
        (directory / "content").write_text("x")
        raise RuntimeError("half way")
    (tmp_path / "root" / ".building-99999").mkdir()
    assert (storage.current(), storage.versions()) == (first, [first])
    second = add_version(storage, 2)
    assert storage.versions() == [first, second]
    assert not list((tmp_path / "root").glob(".building*"))


def test_lock_excludes_other_writers(
    storage: SnapshotStorage, open_again: Callable[[], SnapshotStorage]
) -> None:
    with storage.locked(), pytest.raises(SnapshotLocked, match="another indexer"), open_again().locked():
        pass
    with open_again().locked(wait=False):
        pass


def test_lock_of_a_killed_writer_ends(
    storage: SnapshotStorage, open_again: Callable[[], SnapshotStorage], tmp_path: Path
) -> None:
    url = storage.location.removesuffix("/snapshots") if isinstance(storage, ObjectStorage) else None
    command = [sys.executable, "-c", _HOLD_LOCK, str(tmp_path / "root"), url or ""]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(SnapshotLocked, match="another indexer"), storage.locked():
            pass
        holder.kill()
    if isinstance(storage, ObjectStorage):
        storage = replace(storage, lease_seconds=0.0)
    assert add_version(storage, 1) == open_again().current()


_HOLD_LOCK = """
import sys
from pathlib import Path
from adapters.snapshots import open_storage
with open_storage(Path(sys.argv[1]), sys.argv[2] or None).locked():
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_pruning_keeps_the_newest_live_and_recent_versions(storage: SnapshotStorage) -> None:
    versions = [add_version(storage, day) for day in range(5)]
    later, day = datetime.now(UTC) + timedelta(days=2), timedelta(days=1)
    with storage.locked():
        storage.point_to(versions[1])
        assert storage.prune(1, day, datetime.now(UTC)) == []
        assert storage.delete(versions[3:4], day, later) == [versions[3]]
        assert storage.prune(1, day, later, passing=[versions[4]]) == [versions[0], versions[4]]
    assert storage.versions() == [versions[1], versions[2]]
    assert storage.current() == versions[1]


def test_snapshots_are_built_refreshed_and_opened(
    storage: SnapshotStorage, open_again: Callable[[], SnapshotStorage], tmp_path: Path
) -> None:
    built = publish(shop(), tmp_path, storage=storage)
    assert storage.verify(built.version, [KEY]) == storage.manifest(built.version, [KEY]) == built
    catalog = shop()
    catalog.product_list.append(Product(id="new", title="Garden thing", updated_at=now(), price=1.0))
    refreshed = refresh(catalog, tmp_path, storage=open_again())
    assert refreshed is not None
    assert storage.manifest(storage.current(), [KEY]).refresh_of == built.version
    for version, products in ((built.version, 60), (refreshed.version, 61)):
        directory = storage.local(version, [KEY]).directory
        assert open_snapshot(directory, [KEY])[1].products == products
    with pytest.raises(SnapshotNotFound, match="there is no snapshot"):
        storage.manifest("20200101T000000000Z-00000000", [KEY])


def test_concurrent_builds_lose_no_outcome(open_again: Callable[[], SnapshotStorage]) -> None:
    assert BuildHistory(open_again()).read().counts == {}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: BuildHistory(open_again()).add("failed"), range(12)))
    assert BuildHistory(open_again()).read().counts == {"failed": 12}


def test_storage_is_chosen_by_the_url(tmp_path: Path, bucket_url: str) -> None:
    assert isinstance(open_storage(tmp_path, None), SnapshotVolume)
    storage = open_storage(tmp_path, bucket_url, patience_seconds=3.0, max_local_bytes=5)
    assert isinstance(storage, ObjectStorage)
    assert (storage.location, storage.patience_seconds, storage.max_local_bytes) == (
        f"{bucket_url}/snapshots",
        3.0,
        5,
    )


@pytest.mark.parametrize("url", ["gs://bucket/prefix", "az://container/prefix", "s3://bucket"])
def test_every_kind_of_bucket_can_be_named(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    assert Bucket(url, retries=False).url == url
