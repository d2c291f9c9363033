"""Shards: ownership of texts, markers, and waiting for other shards."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.embedding.cache import text_key
from indexer.embedding.cache_files import CacheNotWritable
from indexer.embedding.shards import Marker, Shard, wait_for_shards

DAY = 86_400


def shard(cache: Path, number: int = 0, count: int = 3, run: str = "monday", heartbeat: float = 5) -> Shard:
    return Shard(cache, run, number, count, timeout_seconds=60, heartbeat_seconds=heartbeat)


def marker_file(cache: Path, number: int, run: str = "monday") -> Path:
    return cache / ".shards" / run / f"{number}.json"


class WaitingClock:
    """A clock that advances while somebody waits, and then triggers events."""

    def __init__(self, *events: Callable[[], None]) -> None:
        self.now, self.events = 0.0, list(events)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += 40
        if self.events:
            self.events.pop(0)()


def finish(cache: Path, number: int, embedded: int = 0, run: str = "monday") -> None:
    with shard(cache, number, run=run).heartbeat() as report_progress:
        report_progress(embedded)


@given(st.text(), st.integers(1, 100))
def test_each_text_belongs_to_one_shard(text: str, count: int) -> None:
    key = text_key(text)
    owners = [number for number in range(count) if shard(Path(), number, count).owns(key)]
    assert len(owners) == 1


def test_texts_are_distributed_evenly() -> None:
    keys = [text_key(f"product {number}") for number in range(10_000)]
    shares = [sum(shard(Path(), number, 8).owns(key) for key in keys) for number in range(8)]
    assert min(shares) > 1_000


def test_marker_contains_the_progress_of_a_shard(tmp_path: Path) -> None:
    with shard(tmp_path, 1).heartbeat() as report_progress:
        assert shard(tmp_path).markers() == {1: Marker(1, 0)}
        report_progress(7)
        report_progress(5)
    assert shard(tmp_path).markers() == {1: Marker(2, 12, finished=True)}


def test_working_shard_rewrites_its_marker(tmp_path: Path) -> None:
    with shard(tmp_path, 1, heartbeat=0).heartbeat() as report_progress:
        report_progress(0)
        assert shard(tmp_path).markers() == {1: Marker(2, 0)}
        report_progress(9)
        assert shard(tmp_path).markers() == {1: Marker(3, 9)}


def test_failed_shard_is_not_finished(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="broken"), shard(tmp_path, 1).heartbeat() as report_progress:
        report_progress(7)
        raise ValueError("broken")
    assert not shard(tmp_path).markers()[1].finished


def test_finished_shards_are_not_waited_for(tmp_path: Path) -> None:
    finish(tmp_path, 1, 4)
    finish(tmp_path, 2, 5)
    advanced: list[int] = []
    waiting = WaitingClock()
    assert wait_for_shards(shard(tmp_path), advanced.append, clock=waiting.clock, sleep=waiting.sleep) == []
    assert sum(advanced) == 9
    assert waiting.now == 0


def test_markers_of_another_run_are_ignored(tmp_path: Path) -> None:
    finish(tmp_path, 1, run="sunday")
    finish(tmp_path, 2)
    waiting = WaitingClock()
    assert wait_for_shards(shard(tmp_path), [].append, clock=waiting.clock, sleep=waiting.sleep) == [1]


def test_waiting_continues_while_any_shard_makes_progress(tmp_path: Path) -> None:
    with shard(tmp_path, 1, heartbeat=0).heartbeat() as slow:
        signs = [lambda: slow(1)] * 20
        waiting = WaitingClock(*signs, lambda: finish(tmp_path, 1, 20), lambda: finish(tmp_path, 2, 5))
        advanced: list[int] = []
        assert (
            wait_for_shards(shard(tmp_path), advanced.append, clock=waiting.clock, sleep=waiting.sleep) == []
        )
    assert sum(advanced) == 25
    assert waiting.now == 22 * 40


def test_silent_shard_times_out(tmp_path: Path) -> None:
    finish(tmp_path, 1)
    waiting = WaitingClock()
    assert wait_for_shards(shard(tmp_path), [].append, clock=waiting.clock, sleep=waiting.sleep) == [2]
    assert waiting.now == 80


def test_restarted_shard_never_reduces_the_progress(tmp_path: Path) -> None:
    finish(tmp_path, 2)
    with shard(tmp_path, 1, heartbeat=0).heartbeat() as first:
        first(30)
        advanced: list[int] = []
        waiting = WaitingClock(lambda: finish(tmp_path, 1, 3))
        assert (
            wait_for_shards(shard(tmp_path), advanced.append, clock=waiting.clock, sleep=waiting.sleep) == []
        )
    assert advanced == [30, 0]


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b'{"beats": 1, "embedded": 0, "finis'),
        lambda path: path.write_bytes(b'{"beats": "many", "embedded": 0}'),
        lambda path: path.write_bytes(b"[" * 1_000_000),
        lambda path: path.mkdir(),
        lambda path: path.symlink_to("/dev/zero"),
    ],
    ids=["empty", "cut", "wrong type", "huge", "folder", "link"],
)
def test_invalid_shard_marker_is_ignored(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    finish(tmp_path, 2)
    damage(marker_file(tmp_path, 1))
    assert set(shard(tmp_path).markers()) == {2}


def test_markers_of_old_runs_are_deleted(tmp_path: Path) -> None:
    for run, age in (("old", 2 * DAY), ("yesterday", DAY // 2), ("monday", 0)):
        finish(tmp_path, 0, run=run)
        then = time.time() - age
        os.utime(marker_file(tmp_path, 0, run).parent, (then, then))
    shard(tmp_path).delete_old_runs()
    assert {path.name for path in (tmp_path / ".shards").iterdir()} == {"yesterday", "monday"}


def test_unwritable_volume_is_reported(tmp_path: Path) -> None:
    (tmp_path / ".shards").write_text("in the way")
    with pytest.raises(CacheNotWritable, match=r"\.shards"), shard(tmp_path, 1).heartbeat():
        pass
