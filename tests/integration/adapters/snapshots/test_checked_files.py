"""Fetched files are compared with the manifest once, and again only if they changed."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from adapters.snapshots import LocalSnapshot, SigningKey, SnapshotRejected, open_snapshot, verify_snapshot
from adapters.snapshots.checksums import FileIdentity
from adapters.snapshots.layout import FILES, INDEX
from adapters.snapshots.remote.object_storage import ObjectStorage
from tests.integration.adapters.snapshots.remote.test_object_storage import indexer, reader
from tests.support.builders.published_snapshots import KEY, builder, publish, shop
from tests.support.builders.storage.followed_storage import FollowingPod

__all__ = ["indexer"]


def bytes_to_verify(local: LocalSnapshot, checked: Mapping[str, FileIdentity]) -> int:
    """Number of bytes that this process reads from files while it verifies a snapshot."""

    def so_far() -> int:
        return int(Path("/proc/self/io").read_text().split()[1])

    before = so_far()
    verify_snapshot(local.directory, [KEY], checked)
    return so_far() - before


class _Observed(ObjectStorage):
    """Storage whose fetched snapshots record which checked files are asked for."""

    asked: ClassVar[set[str]] = set()

    def local(self, version: str, keys: Sequence[SigningKey]) -> LocalSnapshot:
        class Checked(dict[str, FileIdentity]):
            def get(self, name: str, default: object = None) -> Any:
                _Observed.asked.add(name)
                return super().get(name)

        found = super().local(version, keys)
        return LocalSnapshot(found.directory, Checked(found.checked))


@pytest.mark.anyio
async def test_fetched_files_are_not_read_again(indexer: ObjectStorage, tmp_path: Path) -> None:
    manifest = await builder(shop(), tmp_path, storage=indexer).build()
    size = sum(file.size for file in manifest.files.values())
    storage = _Observed(indexer.bucket, tmp_path / "pod")
    await FollowingPod(storage).watcher.check()
    assert _Observed.asked == FILES
    for _ in range(2):  # Fetched, then found on the disk.
        local = reader(indexer, tmp_path / "other").local(manifest.version, [KEY])
        assert bytes_to_verify(local, {}) - bytes_to_verify(local, local.checked) == size


def altered(path: Path) -> None:
    stat, content = path.stat(), path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(bytes(path.stat().st_size))
    other.replace(path)


def linked(path: Path) -> None:
    path.rename(path.with_name("other"))
    path.symlink_to(path.with_name("other"))


@pytest.mark.parametrize("change", [altered, replaced, linked])
def test_file_that_changed_after_its_fetch_is_rejected(
    indexer: ObjectStorage, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    manifest = publish(shop(), tmp_path, storage=indexer)
    pod = reader(indexer, tmp_path / "pod")
    for _ in range(2):  # Fetched, then found on the disk.
        local = pod.local(manifest.version, [KEY])
        assert local.checked.keys() == FILES
        path = local.directory / INDEX
        # Times of changes are of a few milliseconds.
        while time.time_ns() < path.stat().st_ctime_ns + 50_000_000:
            time.sleep(0.01)
        change(path)
        with pytest.raises(SnapshotRejected, match="index"):
            open_snapshot(local.directory, [KEY], local.checked)


def test_links_in_the_local_folder_are_not_followed(indexer: ObjectStorage, tmp_path: Path) -> None:
    manifest = publish(shop(), tmp_path, storage=indexer)
    partial, outside = tmp_path / "pod" / f".fetching-{manifest.version}", tmp_path / "outside"
    partial.mkdir(parents=True)
    outside.write_bytes(b"")
    (partial / INDEX).symlink_to(outside)
    open_snapshot(reader(indexer, tmp_path / "pod").local(manifest.version, [KEY]).directory, [KEY])
    assert outside.read_bytes() == b""
