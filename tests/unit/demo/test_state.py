import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.snapshots.manifest import FORMAT_VERSION
from demo.data_sets import DataSet
from demo.state import DemoFolder, DemoRunning, NoDemoRunning, Published, Running, database_url

RUNNING = Running(
    process=1,
    service_url="http://127.0.0.1:8000",
    catalog_url="http://127.0.0.1:8100",
    issuer_url="http://127.0.0.1:8200",
    client_id="demo",
    client_secret="a-secret",
    build={"INDEXER_CATALOG_URL": "http://127.0.0.1:8100"},
)
DATA = DataSet("shop", "first")
VERSION = "20261129T022842666Z-e4313f34"
MANIFEST = {"format_version": FORMAT_VERSION, "data_watermark": None, "metrics": {"page_loss": 0.0}}


@pytest.fixture
def folder(tmp_path: Path) -> DemoFolder:
    return DemoFolder(tmp_path / ".demo")


def test_note_of_a_running_demo_is_readable_by_its_owner_only(folder: DemoFolder) -> None:
    with folder.held():
        folder.announce(RUNNING)
        assert folder.running() == RUNNING
        assert stat.S_IMODE(folder.running_note.stat().st_mode) == 0o600
    assert not folder.running_note.exists()


def test_second_demo_is_rejected_with_the_address_of_the_first(folder: DemoFolder) -> None:
    with folder.held():
        folder.announce(RUNNING)
        with pytest.raises(DemoRunning, match=RUNNING.service_url), DemoFolder(folder.root).held():
            pass
        assert folder.running() == RUNNING


def test_second_demo_is_rejected_while_the_first_is_starting(folder: DemoFolder) -> None:
    with folder.held(), pytest.raises(DemoRunning, match="is starting"), DemoFolder(folder.root).held():
        pass


def test_missing_demo_is_an_error(folder: DemoFolder) -> None:
    with pytest.raises(NoDemoRunning, match="make demo"):
        folder.running()


def test_note_of_a_killed_demo_is_ignored(folder: DemoFolder) -> None:
    with folder.held():
        folder.announce(RUNNING)
        note = folder.running_note.read_text()
    folder.running_note.write_text(note)
    with pytest.raises(NoDemoRunning, match="make demo"):
        folder.running()
    with folder.held(), pytest.raises(NoDemoRunning, match="still starting"):
        folder.running()


def test_secrets_are_created_once_and_are_private(folder: DemoFolder) -> None:
    key = folder.signing_key_file()
    assert folder.signing_key_file().read_text() == key.read_text()
    assert len(bytes.fromhex(key.read_text())) == 32
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert folder.client_secret() == folder.client_secret() != key.read_text()


def test_folder_of_a_data_set_is_kept_while_its_data_is_the_same(folder: DemoFolder) -> None:
    place = folder.data_set(DATA)
    place.begin_load().touch()
    place.complete_load()
    assert folder.data_set(DATA).is_loaded
    assert not folder.data_set(DataSet("shop", "second")).is_loaded


def test_interrupted_load_does_not_count(folder: DemoFolder) -> None:
    place = folder.data_set(DATA)
    place.begin_load().write_text("half of it")
    assert not place.is_loaded
    database = place.begin_load()
    assert not database.exists()
    database.write_text("all of it")
    place.complete_load()
    assert place.is_loaded
    assert (place.catalog / "catalog.db").read_text() == "all of it"


def test_snapshots_of_an_earlier_load_are_deleted(folder: DemoFolder) -> None:
    place = folder.data_set(DATA)
    place.snapshots.mkdir()
    assert not place.is_built
    (place.snapshots / "CURRENT").write_text(VERSION)
    assert not place.is_built
    manifest = place.snapshots / VERSION / "manifest.json"
    manifest.parent.mkdir()
    for format_version, usable in ((FORMAT_VERSION - 1, False), (FORMAT_VERSION, True)):
        manifest.write_text(json.dumps(MANIFEST | {"format_version": format_version}))
        assert place.is_built is usable
    place.begin_load()
    place.complete_load()
    assert not place.is_built


def test_published_snapshots_say_until_when_and_whether_they_are_measured(folder: DemoFolder) -> None:
    place = folder.data_set(DATA)
    assert place.published() == []
    measured = {"data_watermark": "2026-11-28T20:15:00Z", "metrics": {"ndcg_at_20": 0.1}}
    unfinished = place.snapshots / ".building-1"
    for directory, manifest in ((place.snapshots / VERSION, MANIFEST | measured), (unfinished, MANIFEST)):
        directory.mkdir(parents=True)
        (directory / "manifest.json").write_text(json.dumps(manifest))
    damaged = place.snapshots / "20260101T000000000Z-00000000"
    damaged.mkdir()
    (damaged / "manifest.json").write_text('{"format_version":')
    until = datetime(2026, 11, 28, 20, 15, tzinfo=UTC)
    assert place.published() == [Published(VERSION, until, is_measured=True)]


def test_database_url_has_the_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert database_url(Path("catalog.db")) == f"sqlite+aiosqlite:///{tmp_path}/catalog.db"
