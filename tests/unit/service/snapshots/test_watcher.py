"""The watcher follows the live version, and refuses broken snapshots."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import structlog
from opentelemetry.metrics import NoOpMeter

from adapters.snapshots import BuildHistory, SnapshotVolume
from adapters.snapshots.layout import INDEX
from adapters.telemetry import RecordedBuilds, ServedSnapshot, ServiceMetrics
from service.http.problems import NothingToServe
from service.snapshots.live import LiveSnapshot
from service.snapshots.watcher import SnapshotWatcher, served_snapshot
from tests.support.builders.published_snapshots import KEY, builder, shop

pytestmark = pytest.mark.anyio


class CountedRefusals(ServiceMetrics):
    refusals = 0
    builds = RecordedBuilds()
    served: ServedSnapshot | None = None

    def builds_recorded(self, record: RecordedBuilds) -> None:
        self.builds = record

    def snapshot_swapped(self, served: ServedSnapshot) -> None:
        self.served = served

    def snapshot_refused(self) -> None:
        self.refusals += 1


class Followed:
    def __init__(self, folder: Path) -> None:
        self.folder, self.live = folder, LiveSnapshot()
        self.volume, self.metrics = SnapshotVolume(folder / "snapshots"), CountedRefusals(NoOpMeter("test"))
        self.now = 0.0
        self.watcher = self.watch()

    def watch(self, retry_seconds: float = 60.0) -> SnapshotWatcher:
        return SnapshotWatcher(
            self.volume, [KEY], self.live, self.metrics, 10.0, retry_seconds, lambda: self.now
        )

    async def publish(self, seed: int = 1) -> str:
        return (await builder(shop(seed=seed), self.folder).build()).version


@pytest.fixture
def followed(tmp_path: Path) -> Followed:
    return Followed(tmp_path)


async def test_the_first_snapshot_is_awaited_and_later_versions_are_followed(followed: Followed) -> None:
    await followed.watcher.check()
    with pytest.raises(NothingToServe):
        followed.live.serving  # noqa: B018 - the property raises
    first = await followed.publish()
    await followed.watcher.check()
    assert followed.live.version == first
    second = await followed.publish(seed=2)
    await followed.watcher.check()
    assert followed.live.version == second
    followed.volume.point_to(first)
    await followed.watcher.check()
    assert followed.live.version == first


async def test_an_unchanged_version_is_not_opened_again(followed: Followed) -> None:
    await followed.publish()
    await followed.watcher.check()
    serving = followed.live.serving
    await followed.watcher.check()
    assert followed.live.serving is serving


async def test_a_broken_snapshot_is_refused_and_the_old_one_stays(followed: Followed) -> None:
    first = await followed.publish()
    await followed.watcher.check()
    second = await followed.publish(seed=2)
    index = followed.volume.directory(second) / INDEX
    index.write_bytes(b"\0" + index.read_bytes()[1:])
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            await followed.watcher.check()
    assert followed.live.version == first
    assert followed.metrics.refusals == 1
    assert [entry["version"] for entry in logs if entry["event"] == "snapshot refused"] == [second]
    third = await followed.publish(seed=3)
    await followed.watcher.check()
    assert followed.live.version == third


async def test_a_snapshot_is_retried_at_the_next_poll_and_then_ever_later(followed: Followed) -> None:
    await followed.publish()
    await followed.watcher.check()
    second = await followed.publish(seed=2)
    index = followed.volume.directory(second) / INDEX
    whole = index.read_bytes()
    index.write_bytes(b"\0" + whole[1:])
    opened = []
    for followed.now in range(0, 300, 5):  # the shortest wait between two polls
        before = followed.metrics.refusals
        await followed.watcher.check()
        opened += [followed.now] * (followed.metrics.refusals - before)
    assert opened == [0, 5, 15, 35, 75, 135, 195, 255]
    index.write_bytes(whole)
    followed.now = 315.0
    await followed.watcher.check()
    assert followed.live.version == second


async def test_every_retry_of_a_refused_snapshot_is_counted(
    followed: Followed,
) -> None:
    await followed.publish()
    await followed.watcher.check()
    second = await followed.publish(seed=2)
    (followed.volume.directory(second) / INDEX).write_bytes(b"")
    impatient = followed.watch(retry_seconds=0.0)
    with structlog.testing.capture_logs() as logs:
        for tries in (1, 2, 3):
            await impatient.check()
            assert followed.metrics.refusals == tries
    assert [entry["event"] for entry in logs] == ["snapshot refused"]


async def test_a_fault_that_returns_is_logged_and_counted_again(followed: Followed) -> None:
    first = await followed.publish()
    await followed.watcher.check()
    for times in (1, 2):
        (followed.volume.root / "CURRENT").write_text("nonsense")
        with structlog.testing.capture_logs() as logs:
            for _ in range(3):
                await followed.watcher.check()
        assert [entry["event"] for entry in logs] == ["snapshot refused"]
        assert followed.metrics.refusals == times
        followed.volume.point_to(first)
        await followed.watcher.check()


async def test_an_unreadable_volume_keeps_the_old_snapshot(followed: Followed) -> None:
    first = await followed.publish()
    await followed.watcher.check()
    (followed.volume.root / "CURRENT").write_bytes(b"\xff\xfe nonsense")
    await followed.watcher.check()
    assert followed.live.version == first


async def test_snapshot_and_recorded_builds_are_reported(followed: Followed) -> None:
    history = BuildHistory(followed.volume)
    history.add("refused")
    await followed.watcher.check()
    assert followed.metrics.served is None
    assert followed.metrics.builds.counts == {"build": {"refused": 1}, "refresh": {}}
    history.add("unchanged", kind="refresh")
    version = await followed.publish()
    history.add("published", {"products": 60.0})
    await followed.watcher.check()
    assert followed.metrics.builds.last == {"products": 60.0}
    assert followed.metrics.builds.counts["refresh"] == {"unchanged": 1}
    assert followed.metrics.builds.times["refresh"].keys() == {"unchanged"}
    served = followed.metrics.served
    assert served is not None
    assert served.version == version
    opened = followed.live.serving.manifest
    assert abs(served.created - opened.created.timestamp()) < 0.001
    refreshed = msgspec.structs.replace(opened, refresh_of="20260131T093000125Z-0f1e2d3c")
    assert served_snapshot(refreshed).created == datetime(2026, 1, 31, 9, 30, 0, 125_000, UTC).timestamp()
    assert served.created > (served.latest_purchase or 0.0) > 0
    assert "ann_recall_at_20" in served.quality
