"""The indexer's commands, their failures, and the state that a killed build leaves behind."""

import json
import shutil
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from adapters.snapshots import BuildHistory, SnapshotVolume, load_key, verify_snapshot
from indexer.__main__ import main
from tests.support.servers.ports import unused_port
from tests.system.conftest import Stack
from tests.system.stack.log_lines import failure_reason, read_until
from tests.system.stack.processes import building, run_here


@pytest.fixture
def settings(stack: Stack, tmp_path: Path) -> dict[str, str]:
    """Settings with the stack's catalog and a copy of its live snapshot."""
    volume = SnapshotVolume(stack.folder / "snapshots")
    first = volume.versions()[0]
    shutil.copytree(volume.directory(first), tmp_path / "snapshots" / first)
    (tmp_path / "snapshots" / "CURRENT").write_text(f"{first}\n")
    # The quality gate has tests of its own. Measuring quality would double the time of each build.
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
    """True if the volume holds one valid live snapshot and no unfinished files."""
    volume = volume_of(settings)
    (version,) = volume.versions()
    verify_snapshot(
        volume.directory(version), [load_key(Path(settings["INDEXER_SNAPSHOT_SIGNING_KEY_FILE"]))]
    )
    names = {path.name for path in volume.root.iterdir()} - {".lock", ".builds.lock", "builds.json"}
    return volume.current() == version and names == {version, "CURRENT"}


@contextmanager
def catalog(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A catalog that answers every GET request in the same way."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)
            self.close_connection = True

        def log_message(self, *arguments: object) -> None:
            pass

    class Threaded(socketserver.ThreadingMixIn, HTTPServer):
        daemon_threads = True

    with Threaded(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
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
def test_faulty_catalog_answer_is_reported_and_nothing_changes(
    settings: dict[str, str],
    status: int,
    content_type: str,
    body: bytes,
    announced: int | None,
    expected: str,
) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("content-type", content_type)
        request.send_header("content-length", str(announced or len(body)))
        request.end_headers()
        request.wfile.write(body)

    with catalog(answer) as url:
        result = run_here(["indexer", "build"], settings | {"INDEXER_CATALOG_URL": url})
    assert result.returncode == 1
    assert expected in failure_reason(result.stderr)
    assert "Traceback" not in result.stderr
    assert untouched(settings)


def test_missing_catalog_is_reported_and_nothing_changes(settings: dict[str, str]) -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    result = run_here(["indexer", "build"], settings | {"INDEXER_CATALOG_URL": url})
    assert result.returncode == 1
    assert failure_reason(result.stderr).startswith(f"INDEXER_CATALOG_URL: GET {url}")
    assert result.stderr.count('"catalog call is repeated"') == 4
    assert untouched(settings)


def kill_build(settings: dict[str, str], stage: str) -> None:
    with building(settings) as (process, log):
        if stage == "publishing":
            root = Path(settings["INDEXER_SNAPSHOT_ROOT"])
            while not list(root.glob(".building-*/manifest.json")) and process.poll() is None:
                time.sleep(0.001)
        else:
            read_until(log, lambda entry: entry.get("stage") == stage)
        process.kill()
        process.wait(60)


def test_killed_builds_keep_the_live_snapshot_and_the_next_build_succeeds(settings: dict[str, str]) -> None:
    volume = volume_of(settings)
    key = load_key(Path(settings["INDEXER_SNAPSHOT_SIGNING_KEY_FILE"]))
    first = volume.current()
    for stage in ("Reading products", "Fitting item-item weights", "Building the index", "publishing"):
        kill_build(settings, stage)
        for version in volume.versions():
            verify_snapshot(volume.directory(version), [key])
        if stage != "publishing":
            assert volume.versions() == [volume.current()] == [first], stage
    live = volume.current()
    assert run_here(["indexer", "build"], settings).returncode == 0
    assert volume.current() > live
    assert not list(volume.root.glob(".building*"))


def test_terminated_build_publishes_nothing_and_the_next_one_waits_for_its_end(
    settings: dict[str, str],
) -> None:
    """As if a pod is deleted while another one starts."""
    asked, over = threading.Event(), threading.Event()

    def hang(request: BaseHTTPRequestHandler) -> None:
        asked.set()
        over.wait()

    with catalog(hang) as url:
        try:
            with building(settings | {"INDEXER_CATALOG_URL": url}) as (first, first_log):
                assert asked.wait(60)
                patient = settings | {"INDEXER_SNAPSHOT_PATIENCE_SECONDS": "90"}
                with building(patient) as (second, second_log):
                    read_until(
                        second_log, lambda entry: entry["event"].startswith("waiting for another indexer")
                    )
                    first.terminate()
                    interrupted, log = first_log.read(), second_log.read()
                    codes = [process.wait(60) for process in (first, second)]
        finally:
            over.set()
    assert codes == [130, 0], log
    assert "nothing was published" in failure_reason(interrupted)
    assert len(volume_of(settings).versions()) == 2


def test_snapshots_are_listed_verified_rolled_back_and_pruned(settings: dict[str, str]) -> None:
    first = volume_of(settings).current()
    built = run_here(["indexer", "build"], settings)
    assert built.returncode == 0
    second = volume_of(settings).current()
    listed = run_here(["indexer", "versions"], settings).stdout
    assert [line.split()[0] for line in listed.splitlines()[1:]] == [first, "live"]
    assert "ann_recall_at_20" in listed
    assert run_here(["indexer", "rollback"], settings).stdout == f"live: {first} (was {second})\n"
    assert volume_of(settings).current() == first
    again = run_here(["indexer", "rollback"], settings)
    assert again.returncode == 1
    assert f"no snapshot older than the live one, {first}" in failure_reason(again.stderr)
    assert run_here(["indexer", "rollback", second], settings).returncode == 0
    assert "checksums match" in run_here(["indexer", "verify"], settings).stdout
    kept = run_here(["indexer", "prune", "--keep", "1"], settings)
    assert kept.stdout == "0 deleted, 2 kept\n"
    pruned = run_here(
        ["indexer", "prune", "--keep", "1"], settings | {"INDEXER_PRUNE_MINIMUM_AGE_HOURS": "0"}
    )
    assert pruned.stdout == f"deleted {first}\n1 deleted, 1 kept\n"
    missing = run_here(["indexer", "verify", first], settings)
    assert missing.returncode == 1
    assert first in failure_reason(missing.stderr)


def test_damaged_snapshot_fails_verification_and_rollback(settings: dict[str, str]) -> None:
    version = volume_of(settings).current()
    path = volume_of(settings).directory(version) / "index.ann"
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    for arguments in (["verify"], ["rollback", version]):
        result = run_here(["indexer", *arguments], settings)
        assert result.returncode == 1
        assert "index.ann was altered" in failure_reason(result.stderr)


def test_build_if_needed_waits_after_a_rejection(
    settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unreachable = settings | {"INDEXER_CATALOG_URL": f"http://127.0.0.1:{unused_port()}"}
    for name, value in unreachable.items():
        monkeypatch.setenv(name, value)
    command = ["build", "--if-needed"]
    assert main(command) == 0
    assert BuildHistory(volume_of(settings)).read().counts == {}, "the live snapshot is readable"
    other = tmp_path / "other.key"
    other.write_text("1" * 64)
    monkeypatch.setenv("INDEXER_SNAPSHOT_SIGNING_KEY_FILE", str(other))
    assert main(command) == 1, "the live snapshot has another signature, so a build starts"
    assert BuildHistory(volume_of(settings)).read().counts == {"started": 1, "failed": 1}
    BuildHistory(volume_of(settings)).add("refused")
    assert main(command) == 0
    assert main(["refresh"]) == 1, "a refresh needs the snapshot that it begins with"
    assert BuildHistory(volume_of(settings)).read().refreshes.counts == {"started": 1, "failed": 1}
    assert untouched(settings)


def test_refresh_that_finds_no_change_is_recorded(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert main(["refresh"]) == 0
    record = BuildHistory(volume_of(settings)).read()
    assert (record.counts, record.refreshes.counts) == ({}, {"started": 1, "unchanged": 1})
    assert untouched(settings)


def test_refresh_publishes_a_new_product(
    settings: dict[str, str], stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    volume, product = volume_of(settings), f"{stack.catalog_url}/v1/products/refreshed"
    first = volume.current()
    httpx.put(product, json={"title": "Blend of oolong teas"}, timeout=60).raise_for_status()
    try:
        assert main(["refresh"]) == 0
    finally:
        httpx.delete(product, timeout=60).raise_for_status()
    key, second = load_key(Path(settings["INDEXER_SNAPSHOT_SIGNING_KEY_FILE"])), volume.current()
    assert second > first
    before, after = (volume.manifest(version, [key]) for version in (first, second))
    assert (after.refresh_of, after.counts.products) == (first, before.counts.products + 1)
    record = BuildHistory(volume).read()
    assert (record.counts, record.refreshes.counts) == ({}, {"started": 1, "published": 1})


@pytest.mark.parametrize(
    ("changes", "expected", "code"),
    [
        ({"INDEXER_RANK": "many"}, "INDEXER_RANK", 2),
        ({"INDEXER_CATALOG_URL": "no url"}, "INDEXER_CATALOG_URL", 2),
        ({"INDEXER_SNAPSHOT_SIGNING_KEY_FILE": "/no/key"}, "KEY_FILE: the snapshot signing key /no/key", 2),
        ({"INDEXER_SNAPSHOT_ROOT": "/dev/null/x"}, "INDEXER_SNAPSHOT_ROOT: /dev/null/x", 1),
        ({"INDEXER_RECIPE_FILE": "/nowhere/recipe"}, "/nowhere/recipe", 2),
    ],
)
def test_invalid_setting_is_named(
    settings: dict[str, str], changes: dict[str, str], expected: str, code: int
) -> None:
    result = run_here(["indexer", "build"], settings | changes)
    assert result.returncode == code
    assert expected in result.stderr
    assert "Traceback" not in result.stderr
