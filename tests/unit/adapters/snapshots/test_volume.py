"""Publishing, rollback and pruning."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from adapters.snapshots import (
    SnapshotNotFound,
    SnapshotNotWritable,
    SnapshotRejected,
    SnapshotVolume,
    open_snapshot,
)
from adapters.snapshots.layout import ARRAYS, file_name
from adapters.snapshots.versions import new_version
from adapters.snapshots.writer import write_arrays
from tests.support.builders.published_snapshots import KEY, publish, shop

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def add_version(volume: SnapshotVolume, day: int) -> str:
    version = new_version(NOW + timedelta(days=day), str(day))
    with volume.locked(), volume.building() as directory:
        (directory / "content").write_text("x")
        volume.publish(directory, version)
    return version


@pytest.fixture
def volume(tmp_path: Path) -> SnapshotVolume:
    return SnapshotVolume(tmp_path / "volume")


def test_latest_published_version_is_live(volume: SnapshotVolume) -> None:
    assert volume.versions() == []
    with pytest.raises(SnapshotNotFound, match="no snapshot is published"):
        volume.current()
    first, second = add_version(volume, 1), add_version(volume, 2)
    assert volume.current() == second
    assert volume.versions() == [first, second]
    volume.point_to(first)
    assert volume.current() == first


def test_unpublished_version_cannot_become_live(volume: SnapshotVolume) -> None:
    first = add_version(volume, 1)
    with pytest.raises(SnapshotNotFound, match=first):
        volume.point_to("20200101T000000000Z-00000000")
    assert volume.current() == first


def test_failed_build_leaves_no_files(volume: SnapshotVolume) -> None:
    first = add_version(volume, 1)
    with pytest.raises(RuntimeError, match="half way"), volume.locked(), volume.building() as directory:
        (directory / "content").write_text("x")
        raise RuntimeError("half way")
    assert volume.current() == first
    assert not list(volume.root.glob(".building*"))


def test_leftovers_of_a_killed_build_are_removed_by_the_next(volume: SnapshotVolume) -> None:
    first = add_version(volume, 1)
    leftover = volume.root / ".building-99999"
    leftover.mkdir()
    (leftover / "half").write_text("x")
    assert volume.versions() == [first]
    add_version(volume, 2)
    assert not leftover.exists()


def test_lock_excludes_a_second_writer(volume: SnapshotVolume) -> None:
    with volume.locked(), pytest.raises(SnapshotNotWritable, match="another indexer"), volume.locked():
        pass
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD_LOCK, str(volume.root)], stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(SnapshotNotWritable, match="another indexer"), volume.locked():
            pass
        holder.kill()
        holder.wait()
    with volume.locked():
        pass


_HOLD_LOCK = """
import sys, time
from pathlib import Path
from adapters.snapshots import SnapshotVolume
with SnapshotVolume(Path(sys.argv[1])).locked():
    print("locked", flush=True)
    time.sleep(60)
"""


def test_pruning_keeps_the_newest_live_and_recent_versions(volume: SnapshotVolume) -> None:
    versions = [add_version(volume, day) for day in range(5)]
    volume.point_to(versions[1])
    old = (NOW - timedelta(days=30)).timestamp()
    for version in versions[:3]:
        os.utime(volume.directory(version), (old, old))
    os.utime(volume.directory(versions[0]), None)
    assert volume.prune(2, timedelta(days=1), datetime.now(UTC)) == [versions[2]]
    assert volume.versions() == [versions[0], versions[1], versions[3], versions[4]]
    os.utime(volume.directory(versions[0]), (old, old))
    assert volume.prune(2, timedelta(days=1), datetime.now(UTC)) == [versions[0]]
    assert volume.current() == versions[1]


def test_pruning_age_counts_from_the_end_of_being_live(volume: SnapshotVolume) -> None:
    weekly = add_version(volume, 1)
    week_ago = (datetime.now(UTC) - timedelta(days=7)).timestamp()
    os.utime(volume.directory(weekly), (week_ago, week_ago))
    latest = add_version(volume, 2)
    assert volume.prune(1, timedelta(days=1), datetime.now(UTC)) == []
    volume.point_to(weekly)
    os.utime(volume.directory(latest), (week_ago, week_ago))
    volume.point_to(latest)
    assert volume.prune(1, timedelta(days=1), datetime.now(UTC)) == []
    assert volume.prune(1, timedelta(days=1), datetime.now(UTC) + timedelta(days=2)) == [weekly]


def test_root_that_is_a_file_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SnapshotRejected, match="Not a directory"):
        SnapshotVolume(tmp_path / "file").versions()


@pytest.mark.parametrize("name", ["item_vectors", "documents_data"])
def test_full_disk_error_names_the_file(tmp_path: Path, name: str) -> None:
    arrays = {array: np.zeros(100_000, dtype=description.dtype) for array, description in ARRAYS.items()}
    (tmp_path / file_name(name)).symlink_to("/dev/full")
    with pytest.raises(SnapshotNotWritable, match=f"{name}.npy cannot be written: the disk is full"):
        write_arrays(tmp_path, arrays)


def test_incomplete_write_of_annoy_is_an_error() -> None:
    """Simulates a full disk by a limit on file sizes in another process."""
    answer = subprocess.run([sys.executable, "-c", _SAVE_ANNOY], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert "index.ann cannot be written" in answer.stdout


_SAVE_ANNOY = """
import resource, tempfile
from pathlib import Path
import numpy as np
from adapters.snapshots import SnapshotNotWritable
from adapters.snapshots.writer import save_annoy
from indexer.snapshots import build_index
index = build_index(np.random.default_rng(1).normal(size=(1000, 64)).astype("f4"), 1, lambda count: None)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
with tempfile.TemporaryDirectory() as folder:
    try:
        save_annoy(index, Path(folder) / "index.ann")
    except SnapshotNotWritable as error:
        print(error)
"""


def test_full_disk_in_a_build_keeps_the_live_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = publish(shop(), tmp_path)
    volume = SnapshotVolume(tmp_path / "snapshots")
    real_mkdir = Path.mkdir

    def mkdir_on_full_disk(self: Path, *arguments: object, **options: object) -> None:
        real_mkdir(self, *arguments, **options)
        if self.name.startswith(".building"):
            (self / file_name("documents_data")).symlink_to("/dev/full")

    monkeypatch.setattr(Path, "mkdir", mkdir_on_full_disk)
    with pytest.raises(SnapshotNotWritable, match="the disk is full"):
        publish(shop(seed=2), tmp_path)
    assert volume.current() == live.version
    assert volume.versions() == [live.version]
    assert not list(volume.root.glob(".building*"))
    open_snapshot(volume.directory(live.version), [KEY])
