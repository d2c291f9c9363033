"""A build by two shards: the same command with different numbers."""

import subprocess
import sys
from pathlib import Path

from adapters.snapshots import SnapshotVolume, load_key, verify_snapshot
from tests.system.conftest import Stack
from tests.system.stack.processes import environment, run_here


def test_two_shards_build_one_snapshot(stack: Stack, tmp_path: Path) -> None:
    settings = stack.indexer_settings | {
        "INDEXER_SNAPSHOT_ROOT": str(tmp_path / "snapshots"),
        "INDEXER_EMBEDDING_CACHE": str(tmp_path / "embeddings"),
        "INDEXER_HOLDOUT": "false",
        "INDEXER_RIDGE": "6",
        "INDEXER_TEXT_WEIGHT": "0.4",
        "INDEXER_TREND_EXPONENT": "0",
        "INDEXER_HALF_LIFE_DAYS": "180",
        "INDEXER_SHARDS": "2",
        "INDEXER_RUN": "0b5c1f7e-7a86-4f0c-9f6c-7a1f0c1e2d3c",
    }
    command = [sys.executable, "-m", "indexer", "build"]
    other = environment(settings | {"INDEXER_SHARD": "1"})
    with subprocess.Popen(command, env=other, stderr=subprocess.PIPE, text=True) as second:
        first = run_here(["indexer", "build"], settings | {"INDEXER_SHARD": "0"})
        log = second.communicate(timeout=100)[1]
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + log
    assert "share embedded" in log
    assert "timed out" not in first.stderr

    volume = SnapshotVolume(tmp_path / "snapshots")
    (version,) = volume.versions()
    verify_snapshot(
        volume.directory(version), [load_key(Path(settings["INDEXER_SNAPSHOT_SIGNING_KEY_FILE"]))]
    )
    pruned = run_here(["indexer", "prune"], settings | {"INDEXER_SHARD": "1"})
    assert "nothing to do: shard 0 prunes" in pruned.stdout
    assert volume.versions() == [version]


def test_shards_require_a_common_run_name(stack: Stack) -> None:
    result = run_here(
        ["indexer", "build"], stack.indexer_settings | {"INDEXER_SHARDS": "2", "INDEXER_SHARD": "1"}
    )
    assert result.returncode == 2
    assert "INDEXER_RUN" in result.stderr


def test_shard_number_beyond_the_last_is_rejected(stack: Stack) -> None:
    result = run_here(
        ["indexer", "build"],
        stack.indexer_settings | {"INDEXER_SHARDS": "2", "INDEXER_SHARD": "2", "INDEXER_RUN": "a"},
    )
    assert result.returncode == 2
    assert "INDEXER_SHARD: " in result.stderr
    assert "the highest number is 1" in result.stderr
