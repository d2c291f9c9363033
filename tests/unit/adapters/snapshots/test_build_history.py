"""The record of builds survives what reads and writes it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.snapshots import BuildHistory, SnapshotVolume


def test_outcomes_are_counted_across_builds(tmp_path: Path) -> None:
    for outcome in ("started", "published", "started", "refused"):
        last = {"products": 12.0} if outcome == "published" else None
        BuildHistory(SnapshotVolume(tmp_path / "snapshots")).add(outcome, last)
    record = BuildHistory(SnapshotVolume(tmp_path / "snapshots")).read()
    assert record.counts == {"started": 2, "published": 1, "refused": 1}
    assert record.times["published"] <= record.times["refused"]
    assert record.last == {"products": 12.0}


def test_refreshes_are_counted_apart(tmp_path: Path) -> None:
    history = BuildHistory(SnapshotVolume(tmp_path))
    history.add("published", {"products": 12.0})
    history.add("started", kind="refresh")
    history.add("unchanged", kind="refresh")
    record = history.read()
    assert (record.counts, record.last) == ({"published": 1}, {"products": 12.0})
    assert record.refreshes.counts == {"started": 1, "unchanged": 1}
    assert record.refreshes.times.keys() == {"started", "unchanged"}


def test_concurrent_builds_lose_no_outcome(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: BuildHistory(SnapshotVolume(tmp_path)).add("failed"), range(40)))
    assert BuildHistory(SnapshotVolume(tmp_path)).read().counts == {"failed": 40}


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"counts": {"a": "b"}}', b"\xff", b"{" * 100_000])
def test_unreadable_record_is_empty_and_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "builds.json").write_bytes(content)
    assert BuildHistory(SnapshotVolume(tmp_path)).read().counts == {}
    BuildHistory(SnapshotVolume(tmp_path)).add("started")
    assert BuildHistory(SnapshotVolume(tmp_path)).read().counts == {"started": 1}


def test_unwritable_volume_does_not_fail_a_build(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    BuildHistory(SnapshotVolume(tmp_path / "file")).add("started")
    assert BuildHistory(SnapshotVolume(tmp_path / "file")).read().counts == {}
