"""The indexer as its operator sees it: commands, refusals, and what a kill leaves behind."""

import json
import shutil
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from adapters.snapshots import SnapshotVolume, load_key, verify_snapshot
from tests.support.servers.ports import unused_port
from tests.system.conftest import Stack
from tests.system.processes import environment, run


@pytest.fixture
def settings(stack: Stack, tmp_path: Path) -> dict[str, str]:
    """The stack's catalog and embeddings, and a volume of the test's own that holds a copy of the live snapshot."""
    volume = SnapshotVolume(stack.folder / "snapshots")
    first = volume.versions()[0]
    shutil.copytree(volume.directory(first), tmp_path / "snapshots" / first)
    (tmp_path / "snapshots" / "CURRENT").write_text(f"{first}\n")
    # Quality has tests of its own; measuring it would double each build.
    return stack.indexer_settings | {
        "INDEXER_SNAPSHOT_ROOT": str(tmp_path / "snapshots"),
        "INDEXER_HOLDOUT": "false",
        "INDEXER_RIDGE": "6",
        "INDEXER_TEXT_WEIGHT": "0.4",
        "INDEXER_TREND_EXPONENT": "0",
        "INDEXER_HALF_LIFE_DAYS": "180",
    }


def volume_of(settings: dict[str, str]) -> SnapshotVolume:
    return SnapshotVolume(Path(settings["INDEXER_SNAPSHOT_ROOT"]))


def untouched(settings: dict[str, str]) -> bool:
    """Whether the volume holds one valid snapshot, live, and nothing half-written."""
    volume = volume_of(settings)
    (version,) = volume.versions()
    verify_snapshot(
        volume.directory(version), [load_key(Path(settings["INDEXER_SNAPSHOT_SIGNING_KEY_FILE"]))]
    )
    names = {path.name for path in volume.root.iterdir()} - {".lock"}
    return volume.current() == version and names == {version, "CURRENT"}


def last_words(result: subprocess.CompletedProcess[str]) -> str:
    """The reason in the last line of the log."""
    return str(json.loads(result.stderr.strip().splitlines()[-1])["reason"])


@contextmanager
def answering(status: int, content_type: str, body: bytes, announced: int | None = None) -> Iterator[str]:
    """A catalog that gives every request the same answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(announced or len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True

        def log_message(self, *arguments: object) -> None:
            pass

    class Threaded(socketserver.ThreadingMixIn, HTTPServer):
        daemon_threads = True

    with Threaded(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


PAGE = json.dumps(
    {"items": [{"id": "a", "title": "A", "updated_at": "2026-01-01T00:00:00Z"}], "next_cursor": None}
).encode()


@pytest.mark.parametrize(
    ("status", "content_type", "body", "announced", "expected"),
    [
        (500, "application/json", b"{}", None, "500"),
        (200, "text/html", b"<html>Welcome</html>", None, "<html>Welcome"),
        (200, "application/json", PAGE[: len(PAGE) // 2], None, "products"),
        (200, "application/json", PAGE[: len(PAGE) // 2], len(PAGE), "products"),
        (200, "application/json", PAGE.replace(b'"a"', b'"a/b"'), None, "a/b"),
        (200, "application/json", PAGE.replace(b'"A"', b'"A","price":-1'), None, "price"),
        (200, "application/json", b'{"items": [], "next_cursor": null}', None, "no products"),
    ],
    ids=["500", "HTML", "half a page", "cut connection", "slash in id", "negative price", "nothing"],
)
def test_a_catalog_that_misbehaves_is_said_and_nothing_changes(
    settings: dict[str, str],
    status: int,
    content_type: str,
    body: bytes,
    announced: int | None,
    expected: str,
) -> None:
    with answering(status, content_type, body, announced) as url:
        result = run(["indexer", "build"], settings | {"INDEXER_CATALOG_URL": url})
    assert result.returncode == 1
    assert expected in last_words(result)
    assert "Traceback" not in result.stderr
    assert untouched(settings)


def test_no_catalog_is_said_and_nothing_changes(settings: dict[str, str]) -> None:
    result = run(
        ["indexer", "build"], settings | {"INDEXER_CATALOG_URL": f"http://127.0.0.1:{unused_port()}"}
    )
    assert result.returncode == 1
    assert "http://127.0.0.1" in last_words(result)
    assert untouched(settings)


@pytest.mark.parametrize(
    "stage", ["Reading products", "Fitting item-item weights", "Building the index", "publishing"]
)
def test_killed_at_any_moment_the_live_snapshot_stays_and_a_next_run_works(
    settings: dict[str, str], stage: str
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "indexer", "build"],
        env=environment(settings),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    with process, process.stderr:
        if stage == "publishing":
            root = Path(settings["INDEXER_SNAPSHOT_ROOT"])
            while not list(root.glob(".building-*/manifest.json")) and process.poll() is None:
                time.sleep(0.001)
        else:
            while stage not in process.stderr.readline():
                assert process.poll() is None
        process.kill()
    volume = volume_of(settings)
    key = load_key(Path(settings["INDEXER_SNAPSHOT_SIGNING_KEY_FILE"]))
    for version in volume.versions():
        verify_snapshot(volume.directory(version), [key])
    live = volume.current()
    if stage != "publishing":
        assert volume.versions() == [live]
    assert run(["indexer", "build"], settings).returncode == 0
    assert volume.current() > live
    assert not list(volume.root.glob(".building*"))


def test_it_ends_when_it_is_told_to_and_the_next_one_waits_for_that(settings: dict[str, str]) -> None:
    """As in a pod that is deleted while another one begins."""
    command = [sys.executable, "-m", "indexer", "build"]
    with subprocess.Popen(command, env=environment(settings), stderr=subprocess.PIPE, text=True) as first:
        assert first.stderr is not None
        while "Reading products" not in first.stderr.readline():
            assert first.poll() is None
        patient = environment(settings | {"INDEXER_SNAPSHOT_PATIENCE_SECONDS": "90"})
        with subprocess.Popen(command, env=patient, stderr=subprocess.PIPE, text=True) as second:
            assert second.stderr is not None
            while "waiting for another indexer" not in second.stderr.readline():
                assert second.poll() is None
            first.terminate()
            last = first.communicate(timeout=60)[1].strip().splitlines()[-1]
            words = second.communicate(timeout=100)[1]
    assert first.returncode == 130
    assert "nothing was published" in json.loads(last)["reason"]
    assert second.returncode == 0, words
    assert len(volume_of(settings).versions()) == 2


def test_versions_verify_rollback_prune(settings: dict[str, str]) -> None:
    first = volume_of(settings).current()
    built = run(["indexer", "build"], settings)
    assert built.returncode == 0
    second = volume_of(settings).current()
    listed = run(["indexer", "versions"], settings).stdout
    assert [line.split()[0] for line in listed.splitlines()[1:]] == [first, "live"]
    assert "ann_recall_at_20" in listed
    assert run(["indexer", "rollback"], settings).stdout == f"live: {first} (was {second})\n"
    assert volume_of(settings).current() == first
    again = run(["indexer", "rollback"], settings)
    assert again.returncode == 1
    assert f"no snapshot before the live one, {first}" in last_words(again)
    assert run(["indexer", "rollback", second], settings).returncode == 0
    assert "checksums match" in run(["indexer", "verify"], settings).stdout
    kept = run(["indexer", "prune", "--keep", "1"], settings)
    assert kept.stdout == "0 deleted, 2 kept\n"
    pruned = run(["indexer", "prune", "--keep", "1"], settings | {"INDEXER_PRUNE_MINIMUM_AGE_HOURS": "0"})
    assert pruned.stdout == f"deleted {first}\n1 deleted, 1 kept\n"
    missing = run(["indexer", "verify", first], settings)
    assert missing.returncode == 1
    assert first in last_words(missing)


def test_a_damaged_snapshot_is_found_and_not_rolled_back_to(settings: dict[str, str]) -> None:
    version = volume_of(settings).current()
    path = volume_of(settings).directory(version) / "index.ann"
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    for arguments in (["verify"], ["rollback", version]):
        result = run(["indexer", *arguments], settings)
        assert result.returncode == 1
        assert "index.ann was altered" in last_words(result)


@pytest.mark.parametrize(
    "command", [[], ["build"], ["evaluate"], ["tune"], ["versions"], ["rollback"], ["verify"], ["prune"]]
)
def test_help_is_for_newcomers(command: list[str]) -> None:
    result = run(["indexer", *command, "--help"], {})
    assert result.returncode == 0
    assert "INDEXER_SNAPSHOT_ROOT" in result.stdout


@pytest.mark.parametrize(
    ("changes", "expected", "code"),
    [
        ({"INDEXER_RANK": "many"}, "INDEXER_RANK", 2),
        ({"INDEXER_CATALOG_URL": "no url"}, "INDEXER_CATALOG_URL", 2),
        ({"INDEXER_SNAPSHOT_SIGNING_KEY_FILE": "/nowhere/key"}, "/nowhere/key", 1),
    ],
)
def test_wrong_settings_are_named(
    settings: dict[str, str], changes: dict[str, str], expected: str, code: int
) -> None:
    result = run(["indexer", "build"], settings | changes)
    assert result.returncode == code
    assert expected in result.stderr
    assert "Traceback" not in result.stderr
