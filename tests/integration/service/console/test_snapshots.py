"""Published snapshots in the console, and rollbacks."""

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from adapters.snapshots import BuildHistory, SnapshotVolume
from adapters.snapshots.remote.bucket import Bucket
from adapters.snapshots.remote.object_storage import ObjectStorage
from service.console.facts.snapshots.snapshot_lines import SnapshotLine
from service.console.pages.snapshots import plots
from tests.support.builders.console_shop import ConsoleShop, console_shop
from tests.support.builders.copied_snapshots import publish_copy
from tests.support.builders.published_snapshots import START, shop
from tests.support.builders.served_shop import ServedShop, served_shop
from tests.support.builders.storage.read_only_volume import ReadOnlyVolume
from tests.support.servers.object_storage.read_only_bucket import read_only_bucket

SNAPSHOTS = "/v1/console/snapshots"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path) as running:
        running.publish()
        yield running


def volume(served: ServedShop) -> SnapshotVolume:
    return SnapshotVolume(served.folder / "snapshots")


def test_snapshots_are_listed_with_history_and_faults(served: ServedShop) -> None:
    old, new = served.versions
    BuildHistory(volume(served)).add("refused", reasons=["NDCG@20 is 0.1, below the 0.2 of popularity"])
    (volume(served).directory(old) / "manifest.sig").write_text("0")
    found = served.get(SNAPSHOTS).json()
    assert (found["live"], found["served"]) == (new, new)
    newest, oldest = found["snapshots"]
    assert (newest["version"], newest["live"], newest["products"]) == (new, True, 60)
    assert newest["metrics"]["ann_recall_at_20"] > 0.9
    assert (oldest["version"], oldest["products"]) == (old, None)
    assert "not signed" in oldest["problem"]
    refused = found["history"][0]
    assert (refused["what"], refused["kind"], refused["version"]) == ("refused", "build", None)
    assert refused["reasons"] == ["NDCG@20 is 0.1, below the 0.2 of popularity"]


def test_rollback_makes_an_earlier_version_live_and_says_who_did_it(served: ServedShop) -> None:
    old, new = served.versions
    token = served.token(sub="ann", scope="console:write")
    answer = served.post(f"{SNAPSHOTS}/{old}/rollback", token=token)
    assert (answer.status_code, answer.json()) == (200, {"live": old, "was": new})
    assert volume(served).current() == old
    done = served.get(SNAPSHOTS).json()["history"][0]
    assert (done["what"], done["version"], done["by"]) == ("rolled back", old, "ann")


def test_unusable_rollbacks_change_nothing(served: ServedShop) -> None:
    old, new = served.versions
    address = f"{SNAPSHOTS}/{old}/rollback"
    assert served.post(address, token=served.token(scope="console:read")).status_code == 403
    unknown = served.post(f"{SNAPSHOTS}/20200101T000000000Z-00000000/rollback")
    assert (unknown.status_code, unknown.json()["type"].rpartition(":")[2]) == (404, "unknown-snapshot")
    assert served.post(f"{SNAPSHOTS}/x;reboot/rollback").status_code == 404
    with volume(served).locked():
        locked = served.post(address)
    (volume(served).directory(old) / "trend.npy").write_bytes(b"altered")
    altered = served.post(address)
    for answer, reason, advice in (
        (locked, "another indexer is writing", "when the build or the refresh has ended."),
        (altered, "trend.npy", "Choose another version, or build again."),
    ):
        assert answer.status_code == 409
        assert reason in answer.json()["detail"]
        assert answer.json()["detail"].endswith(advice)
        assert "python -m indexer" not in answer.json()["detail"]  # The command would fail the same way.
    assert volume(served).current() == new


def test_volume_that_a_pod_may_not_write_names_the_command() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        storage = ReadOnlyVolume(folder / "snapshots")
        with console_shop(folder, overrides={"snapshot_storage": storage}) as running:
            running.sign_in()
            (live,) = running.served.versions
            old = publish_copy(storage.directory(live), volume(running.served), 1)
            command = f"python -m indexer rollback {old}"
            page = running.post("/console/snapshots/rollback", version=old, csrf_token=running.csrf_token())
            assert (page.status_code, f"<code>{command}</code>" in page.text) == (409, True)
            assert "permission denied." in page.text
            assert volume(running.served).current() == live
            assert "Nothing is recorded yet" in running.get("/console/snapshots").text


def test_bucket_that_a_pod_may_not_write_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with read_only_bucket(monkeypatch) as url:
        storage = ObjectStorage(Bucket(f"{url}/snapshots", retries=False), tmp_path / "pod")
        with served_shop(
            shop(), tmp_path, published=False, overrides={"snapshot_storage": storage}
        ) as running:
            answer = running.post(f"{SNAPSHOTS}/20260101T000000000Z-00000000/rollback")
    assert (answer.status_code, "permission denied" in answer.json()["detail"]) == (409, True), answer.text
    assert "python -m indexer rollback 20260101T000000000Z-00000000" in answer.json()["detail"]


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleShop]:
    with console_shop(tmp_path_factory.mktemp("console")) as running:
        running.served.publish()
        running.sign_in()
        yield running


def test_page_asks_before_it_rolls_back(console: ConsoleShop) -> None:
    old, new = console.served.versions
    page = console.get("/console/snapshots")
    assert page.status_code == 200
    assert old in page.text
    assert f"rollback?version={old}" in page.text
    assert "Lost to fast search" in page.text
    question = console.get(f"/console/snapshots/rollback?version={old}")
    assert "Make this snapshot live?" in question.text
    assert question.text.count("<small>live now: ") == 3
    assert volume(console.served).current() == new
    form = {"version": old, "csrf_token": console.csrf_token()}
    assert console.post("/console/snapshots/rollback", version=old).status_code == 403
    with volume(console.served).locked():
        locked = console.post("/console/snapshots/rollback", **form)
    assert "when the build or the refresh has ended." in locked.text
    assert "<code>" not in locked.text
    answer = console.post("/console/snapshots/rollback", **form)
    assert answer.status_code == 303
    assert volume(console.served).current() == old
    after = console.get(answer.headers["location"])
    assert re.search(r"\d+ \w{3} \d{4}, \d\d:\d\d UTC, <code>" + old, after.text)
    assert "by merchandiser" in after.text
    assert f"{old} is live" in after.text
    assert f"{new} is live" not in console.get(f"/console/snapshots?done={new}").text  # An old address.
    assert console.get("/console/snapshots/rollback?version=unknown").status_code == 404
    (console.served.folder / "snapshots" / "CURRENT").unlink()
    assert "Live now: none" in console.get(f"/console/snapshots/rollback?version={old}").text


def test_page_works_before_the_first_build(tmp_path: Path) -> None:
    with console_shop(tmp_path, published=False) as empty:
        empty.sign_in()
        page = empty.get("/console/snapshots")
        assert page.status_code == 200
        assert "Nothing has been published yet" in page.text


def test_plots_run_from_the_oldest_to_the_newest_version_beside_the_baseline() -> None:
    at = START
    lines = [
        SnapshotLine(
            str(number), at, number == 2, metrics={"ndcg_at_20": value, "popularity_ndcg_at_20": 0.1}
        )
        for number, value in ((2, 0.4), (1, 0.2))
    ]
    (plot,) = plots([*lines, SnapshotLine("0", at, live=False)])
    assert [dot.label for dot in plot.dots] == ["1: 0.2000", "2: 0.4000"]
    assert plot.dots[0].y > plot.dots[1].y
    assert [dot.live for dot in plot.dots] == [False, True]
    assert (plot.last, plot.baseline_last) == ("0.4000", "0.1000")


def test_shares_are_plotted_in_percent() -> None:
    lines = [SnapshotLine("1", START, True, metrics={"page_loss": 0.00348, "recall_at_20": 0.1})]
    assert [(plot.metric.title, plot.last, plot.baseline_last) for plot in plots(lines)] == [
        ("Next purchases found", "10.00 %", ""),
        ("Lost to fast search", "0.35 %", ""),
    ]
