"""Temporary folders of killed processes are removed."""

import errno
import fcntl
import os
import tempfile
from pathlib import Path

import pytest

from command_line.temporary_folders import TemporaryFolder


def test_leftovers_of_killed_processes_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    running, other = TemporaryFolder("evaluation"), TemporaryFolder("files")
    killed, young = (tmp_path / f"recommender-evaluation-{name}" for name in ("killed", "young"))
    for folder in (killed, young):
        folder.mkdir()
    (killed / "item_vectors.npy").write_bytes(b"large")
    for path in (killed, Path(running.name), Path(other.name)):
        os.utime(path, (0, 0))
    with TemporaryFolder("evaluation") as own:
        assert set(tmp_path.iterdir()) == {young, *map(Path, (running.name, other.name, own))}
    running.cleanup()
    other.cleanup()
    other.cleanup()
    assert list(tmp_path.iterdir()) == [young]


def test_file_system_without_locks_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(fcntl, "flock", unsupported)
    with TemporaryFolder("files") as own:
        os.utime(own, (0, 0))
        with TemporaryFolder("files") as other:
            assert set(tmp_path.iterdir()) == {Path(own), Path(other)}
