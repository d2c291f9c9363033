"""Snapshots in a bucket survive outages, half-written uploads and altered objects."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from adapters.snapshots import (
    SnapshotLocked,
    SnapshotNotWritable,
    SnapshotRejected,
    SnapshotUnreachable,
    open_snapshot,
)
from adapters.snapshots.layout import FILES, INDEX, MANIFEST, SIGNATURE
from adapters.snapshots.remote.bucket import Bucket
from adapters.snapshots.remote.object_storage import ObjectStorage
from tests.support.builders.copied_snapshots import publish_copy
from tests.support.builders.published_snapshots import KEY, builder, now, publish, shop
from tests.support.builders.storage.followed_storage import FollowingPod, Publications
from tests.support.servers.relay import Relay


@pytest.fixture
def indexer(bucket_url: str, tmp_path: Path) -> ObjectStorage:
    return ObjectStorage(Bucket(bucket_url, retries=False), tmp_path / "indexer")


def reader(indexer: ObjectStorage, root: Path) -> ObjectStorage:
    """The storage as another pod opens it."""
    return ObjectStorage(Bucket(indexer.location, retries=False), root)


def fetched_bytes(storage: ObjectStorage, version: str) -> int:
    with structlog.testing.capture_logs() as logs:
        open_snapshot(storage.local(version, [KEY]).directory, [KEY])
    (entry,) = [entry for entry in logs if entry["event"] == "snapshot fetched"]
    return int(entry["fetched_bytes"])


def test_only_changed_files_are_fetched_and_two_versions_are_kept(
    indexer: ObjectStorage, tmp_path: Path
) -> None:
    versions = [publish(shop(seed=seed), tmp_path, storage=indexer) for seed in (1, 2, 3)]
    pod = reader(indexer, tmp_path / "pod")
    sizes = [sum(file.size for file in manifest.files.values()) for manifest in versions]
    assert fetched_bytes(pod, versions[0].version) == sizes[0]
    before = versions[0].files
    for manifest in versions[1:]:
        changed = [name for name, file in manifest.files.items() if file != before[name]]
        assert fetched_bytes(pod, manifest.version) == sum(manifest.files[name].size for name in changed)
        assert 0 < len(changed) < len(FILES)
        before = manifest.files
    assert sorted(path.name for path in (tmp_path / "pod").iterdir() if path.is_dir()) == [
        manifest.version for manifest in versions[1:]
    ]
    # A restart finds the files, and repairs those that were damaged on the disk.
    (tmp_path / "pod" / versions[2].version / INDEX).write_bytes(b"damaged")
    again = reader(indexer, tmp_path / "pod")
    assert fetched_bytes(again, versions[2].version) == versions[2].files[INDEX].size


def test_version_beside_the_live_one_is_bounded_and_leaves_nothing(
    indexer: ObjectStorage, tmp_path: Path
) -> None:
    live = publish(shop(), tmp_path, storage=indexer)
    source = reader(indexer, tmp_path / "source").local(live.version, [KEY]).directory
    other, before = (publish_copy(source, indexer, days) for days in (2, 1))
    pod = reader(indexer, tmp_path / "pod")
    for version in (before, live.version):
        pod.local(version, [KEY])

    def opened(version: str, max_seconds: float = 60.0) -> str:
        with pod.beside(version, [KEY], max_seconds) as local:
            return open_snapshot(local.directory, [KEY], local.checked)[0].version

    kept = sorted([before, live.version])
    assert [opened(version) for version in (other, before)] == [other, before]
    assert sorted(path.name for path in (tmp_path / "pod").iterdir() if path.is_dir()) == kept
    (tmp_path / "pod" / live.version / INDEX).unlink()
    (tmp_path / "pod" / before / INDEX).unlink()  # Something is to be fetched.
    with pytest.raises(SnapshotUnreachable, match="stopped"):
        opened(other, 0.0)
    pod.max_local_bytes = sum(file.size for file in live.files.values()) * 2
    with pytest.raises(SnapshotNotWritable, match="beside"):
        opened(other)
    assert sorted(path.name for path in (tmp_path / "pod").iterdir() if path.is_dir()) == kept


def test_interrupted_fetch_is_continued(indexer: ObjectStorage, relay: Relay, tmp_path: Path) -> None:
    manifest = publish(shop(), tmp_path, storage=indexer)
    pod, size = reader(indexer, tmp_path / "pod"), sum(file.size for file in manifest.files.values())
    relay.budget = size // 2
    with pytest.raises(SnapshotUnreachable):
        pod.local(manifest.version, [KEY])
    assert not (tmp_path / "pod" / manifest.version).exists()
    relay.recover()
    partial = tmp_path / "pod" / f".fetching-{manifest.version}"
    assert 0 < fetched_bytes(pod, manifest.version) < size
    assert not partial.exists()


def test_partial_file_with_other_content_is_fetched_again(indexer: ObjectStorage, tmp_path: Path) -> None:
    manifest = publish(shop(), tmp_path, storage=indexer)
    partial = tmp_path / "pod" / f".fetching-{manifest.version}"
    partial.mkdir(parents=True)
    (partial / INDEX).write_bytes(b"of another snapshot")
    assert fetched_bytes(reader(indexer, tmp_path / "pod"), manifest.version) >= manifest.files[INDEX].size


@pytest.mark.parametrize(
    ("name", "first"), [(INDEX, b"\xff"), (INDEX, b""), (MANIFEST, b" "), (SIGNATURE, b"x")]
)
def test_altered_object_is_rejected(indexer: ObjectStorage, tmp_path: Path, name: str, first: bytes) -> None:
    manifest = publish(shop(), tmp_path, storage=indexer)
    place = f"{manifest.version}/{name}"
    content = indexer.bucket.read_range(place, 0, 1 << 20)
    indexer.bucket.write(place, first + content[1:])
    for storage in (indexer, reader(indexer, tmp_path / "pod")):
        with pytest.raises(SnapshotRejected):
            storage.local(manifest.version, [KEY])
        with pytest.raises(SnapshotRejected):
            storage.verify(manifest.version, [KEY])
    assert not (tmp_path / "pod" / manifest.version).exists()


def test_snapshot_above_the_local_limit_is_rejected(indexer: ObjectStorage, tmp_path: Path) -> None:
    manifest = publish(shop(), tmp_path, storage=indexer)
    size = sum(file.size for file in manifest.files.values())
    with pytest.raises(SnapshotNotWritable, match=f"the limit is {size - 1:,}"):
        replace(reader(indexer, tmp_path / "pod"), max_local_bytes=size - 1).local(manifest.version, [KEY])
    fitting = replace(reader(indexer, tmp_path / "pod"), max_local_bytes=size)
    open_snapshot(fitting.local(manifest.version, [KEY]).directory, [KEY])


def test_stopped_fetch_ends(indexer: ObjectStorage, tmp_path: Path) -> None:
    manifest = publish(shop(), tmp_path, storage=indexer)
    pod = reader(indexer, tmp_path / "pod")
    pod.stop()
    with pytest.raises(SnapshotUnreachable, match="was stopped"):
        pod.local(manifest.version, [KEY])


def test_half_written_upload_is_no_version_and_is_deleted(
    indexer: ObjectStorage, relay: Relay, tmp_path: Path
) -> None:
    live = publish(shop(), tmp_path, storage=indexer)
    size = sum(file.size for file in live.files.values())
    relay.upload_budget = size // 2
    with pytest.raises(SnapshotUnreachable):
        publish(shop(seed=2), tmp_path, storage=indexer)
    relay.recover()
    half_written = {found.name.partition("/")[0] for found in indexer.bucket.list()} - {live.version}
    assert any(name.startswith("20") for name in half_written)
    assert (indexer.current(), indexer.versions()) == (live.version, [live.version])
    eager = replace(indexer, lease_seconds=0.0, abandoned_after=timedelta())
    last = publish(shop(seed=2), tmp_path, storage=eager)
    left = {found.name.partition("/")[0] for found in indexer.bucket.list()}
    assert left == {live.version, last.version, "CURRENT"}


def test_writer_that_lost_its_lock_publishes_nothing(indexer: ObjectStorage, tmp_path: Path) -> None:
    live = publish(shop(), tmp_path, storage=indexer)
    other = replace(reader(indexer, tmp_path / "other"), lease_seconds=0.0)
    with indexer.locked(), other.locked():
        for change in (lambda: indexer.point_to(live.version), lambda: indexer.prune(1, timedelta(), now())):
            with pytest.raises(SnapshotLocked, match="was lost"):
                change()
        other.point_to(live.version)
    with pytest.raises(SnapshotLocked, match="is not locked"):
        indexer.point_to(live.version)


@pytest.mark.parametrize("retries", [False, True])
def test_lost_answer_to_a_write_leaves_no_lock(
    bucket_url: str, relay: Relay, tmp_path: Path, retries: bool
) -> None:
    storage = ObjectStorage(Bucket(bucket_url, retries=retries), tmp_path)
    relay.lose_answer_to = b"PUT"
    with suppress(SnapshotUnreachable), storage.locked(wait=False):
        pass
    assert relay.lose_answer_to is None
    with storage.locked(wait=False):
        pass


@pytest.mark.parametrize("retries", [False, True])
def test_lost_answer_to_a_record_does_not_repeat_it(
    bucket_url: str, relay: Relay, tmp_path: Path, retries: bool
) -> None:
    storage = ObjectStorage(Bucket(bucket_url, retries=retries), tmp_path)
    storage.change_builds(lambda content: (content or b"") + b"a")
    relay.lose_answer_to = b"PUT"
    with suppress(SnapshotUnreachable):
        storage.change_builds(lambda content: (content or b"") + b"b")
    assert storage.read_builds() == b"ab"


@pytest.mark.anyio
@pytest.mark.parametrize("seed", range(2))
async def test_outages_at_random_moments_leave_pods_at_published_versions(
    indexer: ObjectStorage, relay: Relay, tmp_path: Path, seed: int
) -> None:
    """Cuts connections after random numbers of bytes, while snapshots are published and fetched."""
    publications = await asyncio.to_thread(Publications.of_shops, tmp_path / "shops", 2)
    pods = [FollowingPod(reader(indexer, tmp_path / f"pod-{number}")) for number in range(3)]
    draw, published = random.Random(seed), list[str]()
    eager = replace(indexer, lease_seconds=0.0, abandoned_after=timedelta())
    for _ in range(6):
        relay.upload_budget = draw.choice([None, draw.randrange(1, 60_000)])
        with suppress(SnapshotUnreachable):
            published.append(await asyncio.to_thread(publications.publish, eager))
        for pod in pods:
            relay.recover()
            relay.budget = draw.choice([None, draw.randrange(1, 60_000)])
            await pod.check(publications)
        relay.recover()
        assert {*indexer.versions()} >= {*published}
    last = indexer.current()
    for pod in pods:
        await pod.check(publications)
        assert pod.live.version == last
        assert pod.served <= {*indexer.versions()}
    assert len(published) > 1


@pytest.mark.anyio
async def test_outage_is_logged_once_and_the_live_snapshot_stays(
    indexer: ObjectStorage, relay: Relay, tmp_path: Path
) -> None:
    first = (await builder(shop(), tmp_path, storage=indexer).build()).version
    pod = FollowingPod(reader(indexer, tmp_path / "pod"))
    await pod.watcher.check()
    for _ in range(2):
        relay.fail()
        with structlog.testing.capture_logs() as logs:
            await pod.watcher.check()
            await pod.watcher.check()
        assert events(logs) == ["snapshot storage unreachable"]
        assert pod.live.version == first
        relay.recover()
        await pod.watcher.check()


def events(logs: Sequence[structlog.typing.EventDict]) -> list[str]:
    return [entry["event"] for entry in logs]
