"""The demo with real processes and the purchases of a small shop."""

import csv
import json
import re
import shutil
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.__main__ import main
from demo.ports import reserved_ports
from demo.run import PREFERRED_PORTS
from tests.conventions.documentation.test_documentation import PAGES
from tests.integration.demo.running_demo import ROOT, RunningDemo, command, published
from tests.support.builders.documented_examples import RUNNING, examples, run_page
from tests.support.servers.waiting import wait_until

SHELVES = {"tea": ("Green tea", "Black tea", "Honey"), "paint": ("Brush", "Canvas", "Oil colors")}
# Ids that the documentation names, from the data of `make demo`.
MARKET = {
    "1029743": "Fluid milk, 1 ga",
    "1082185": "Bananas",
    "995242": "Fluid milk, 2 L",
    "979707": "Onions sweet",
    "860776": "Roma tomatoes",
}
HOUSEHOLDS = ("2299", "361", "7", "8", "9", "10", "11", "12")
SHOPPER = "Ünal, 50%25"
REGULARS = 40
"""Shoppers who buy another product every 12 days, for two months, so that recommendations can be measured."""
FIRST = datetime(2024, 5, 1, 9, tzinfo=UTC)
WITH_EXAMPLES = [
    page for page in PAGES if any(one.language in RUNNING and one.is_run for one in examples(page))
]


def write_purchases(file: Path) -> None:
    with file.open("w", newline="") as output:
        rows = csv.writer(output)
        rows.writerow(["product_id", "title", "category", "user_id", "purchased_at"])
        for number in range(36):
            shelf = ("tea", "paint")[number % 2]
            user = SHOPPER if number == 0 else f"shopper {number:02}"
            for position, title in enumerate(SHELVES[shelf]):
                if position != number % 3:
                    row = [
                        f"{shelf}: {position}%",
                        title,
                        shelf.title(),
                        user,
                        f"2024-05-{number % 28 + 1:02}T09:00:00Z",
                    ]
                    rows.writerow(row)
        for number, household in enumerate(HOUSEHOLDS):
            for position, (product, title) in enumerate(MARKET.items()):
                if position < 2 or (number + position) % 3 == 1:
                    day = f"2024-05-{4 * number + 2:02}T10:00:00Z"
                    rows.writerow([product, title, "Deli > Deli Meats", household, day])
        for number in range(REGULARS):
            shelf = ("bread", "wool")[number % 2]
            for place in range(6):
                product = (number // 2 + place) % 8
                at = FIRST + timedelta(days=12 * place, minutes=number)
                rows.writerow(
                    [f"{shelf}{product}", f"{shelf} {product}", shelf, f"regular {number}", at.isoformat()]
                )


def run(folder: Path) -> RunningDemo:
    return RunningDemo(folder, "--purchases", "purchases.csv", INDEXER_GATE_MINIMUM_SHOPPERS="10")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    write_purchases(folder / "purchases.csv")
    return folder


@pytest.fixture(scope="module")
def demo(folder: Path) -> Iterator[RunningDemo]:
    """A running demo.

    It leaves the preferred ports to whatever else runs on this machine.
    """
    with reserved_ports(PREFERRED_PORTS):
        demo = run(folder)
        try:
            demo.wait_until_up()
            yield demo
        finally:
            assert demo.stop(signal.SIGINT) == 0


@pytest.fixture
def addresses(demo: RunningDemo) -> dict[str, str]:
    note: dict[str, str] = json.loads((demo.folder / ".demo" / "running.json").read_text())
    return note


def test_steps_and_three_shoppers_are_printed(demo: RunningDemo) -> None:
    for step in ("1. Loading the catalog", "3. Building a snapshot", "4. Starting the service"):
        assert step in demo.output
    assert demo.output.count("(personalised)") == 3
    assert "Because you bought" in demo.output


def test_second_build_has_the_last_week_and_is_compared(demo: RunningDemo) -> None:
    found = published(demo.folder)[:3]  # Another test may have built further ones.
    (waited_for, *_), (first, _), (second, _) = found
    assert waited_for == first
    assert second - first >= timedelta(days=7)
    assert [measured for _, measured in found] == [False, True, True]
    assert demo.output.index("/console") < demo.output.index("Building again with the last week")
    said = " ".join(demo.output.partition("Was the last build better? ")[2].split())
    assert said.startswith(
        ("Yes, it is better.", "No, it is worse.", "It is about as good as the one before.")
    )
    assert " of the build before" in said


def test_token_of_a_shopper_reaches_that_shopper_only(demo: RunningDemo, addresses: dict[str, str]) -> None:
    printed = command(demo.folder, "token", "--subject", SHOPPER)
    assert (printed.returncode, printed.stderr) == (0, "")
    headers = {"authorization": f"Bearer {printed.stdout.strip()}"}
    users = f"{addresses['service_url']}/v1/users"
    with httpx.Client(headers=headers, timeout=60) as client:
        own = client.get(f"{users}/%C3%9Cnal%2C%2050%2525/recommendations")
        other = client.get(f"{users}/shopper%2001/recommendations")
    assert (own.status_code, own.json()["user_id"]) == (200, SHOPPER)
    assert other.status_code == 403


def test_token_of_a_service_reaches_any_shopper(demo: RunningDemo, addresses: dict[str, str]) -> None:
    printed = command(demo.folder, "token", "--scope", "recommendations:read.any")
    headers = {"authorization": f"Bearer {printed.stdout.strip()}"}
    url = f"{addresses['service_url']}/v1/users/shopper%2001/recommendations"
    answer = httpx.get(url, headers=headers, timeout=60)
    assert answer.status_code == 200


def test_another_build_is_served_at_once(demo: RunningDemo, addresses: dict[str, str]) -> None:
    def live() -> Any:
        answer = httpx.get(f"{addresses['service_url']}/health/ready", timeout=60)
        return answer.json()["snapshot_version"]

    first, built = live(), command(demo.folder, "rebuild")
    assert (built.returncode, "Measuring" in built.stderr) == (0, True), built.stderr
    wait_until(lambda: live() != first, "the service serves it")


def test_console_is_the_first_address_and_lets_one_sign_in(demo: RunningDemo) -> None:
    printed = re.findall(r"https?://\S+", demo.output.partition("Starting the service")[2].partition("\n")[2])
    assert printed[0].endswith("/console")
    with httpx.Client(follow_redirects=True, timeout=60) as browser:
        login = browser.get(printed[0])
        assert "Sign in as merchandiser" in login.text
        fields = dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', login.text))
        form = {name: unescape(value) for name, value in fields.items()}
        overview = browser.post(login.url.copy_with(query=None), data=form)
        assert (overview.status_code, str(overview.url)) == (200, printed[0])
        assert "Was the last build better?" in overview.text


def test_printed_address_of_the_documentation_answers(demo: RunningDemo, addresses: dict[str, str]) -> None:
    url = f"{addresses['service_url']}/schema"
    assert url in demo.output
    assert httpx.get(url, follow_redirects=True, timeout=60).status_code == 200


def test_service_has_one_blas_thread_as_in_its_image_and_its_pod(demo: RunningDemo) -> None:
    started = Path(f"/proc/{demo.process.pid}/task/{demo.process.pid}/children").read_text().split()
    service = next(
        Path("/proc", process)
        for process in started
        if b"\0service\0serve" in Path("/proc", process, "cmdline").read_bytes()
    )
    assert b"OPENBLAS_NUM_THREADS=1" in (service / "environ").read_bytes().split(b"\0")
    stage = (ROOT / "Dockerfile").read_text().partition("FROM runtime AS service")[2].partition("\nFROM ")[0]
    assert "OPENBLAS_NUM_THREADS=1" in stage
    pod = ROOT / "charts" / "recommender" / "templates" / "service" / "deployment.yaml"
    assert '(dict "OPENBLAS_NUM_THREADS" "1")' in pod.read_text()


def test_second_demo_prints_the_address_of_the_first(demo: RunningDemo, addresses: dict[str, str]) -> None:
    second = command(demo.folder, "run", "--purchases", "purchases.csv")
    assert second.returncode == 1
    assert f"already running here, at {addresses['service_url']}" in second.stderr


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_of_the_documentation_run(
    demo: RunningDemo, addresses: dict[str, str], page: Path, tmp_path: Path
) -> None:
    assert run_page(page, demo.folder, addresses, tmp_path)


def test_restarted_demo_reuses_data_and_snapshot(demo: RunningDemo, tmp_path: Path) -> None:
    shutil.copytree(demo.folder, tmp_path, ignore=shutil.ignore_patterns("running.json"), dirs_exist_ok=True)
    newest, _ = published(tmp_path)[2]
    leave_first_builds(tmp_path)  # as if the demo had been ended during the second build
    again = run(tmp_path)
    try:
        again.wait_until_up()
        ports = [int(url.rpartition(":")[2]) for url in _urls(tmp_path)]
        assert "already loaded" in again.output
        assert "A snapshot is already published." in again.output
        assert "It leaves out the last week" not in again.output
        assert "is measured first" not in again.output
        assert "Building again with the last week" in again.output
        assert published(tmp_path)[-1] == (newest, True)
    finally:
        assert again.stop(signal.SIGTERM) == 0
    assert "every process of the demo has ended" in again.output
    assert all(_is_closed(port) for port in ports)
    asked = command(tmp_path, "token", "--subject", SHOPPER)
    assert (asked.returncode, asked.stdout) == (1, "")
    assert "make demo" in asked.stderr


def test_invalid_file_ends_the_demo_and_does_not_count_as_loaded(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("user_id,product_id,purchased_at\nu,p,yesterday\n")
    run = command(tmp_path, "run", "--purchases", "bad.csv")
    assert run.returncode == 2
    assert "yesterday" in run.stdout + run.stderr
    assert "Loading failed (exit code" in run.stderr
    assert not list(tmp_path.glob(".demo/*/catalog"))


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["run", "--purchases", "missing.csv"], 2, "missing.csv cannot be read"),
        (["run", "--products", "products.csv"], 2, "needs PURCHASES=file too"),
        (["token"], 2, "make token SUB="),
        (["token", "--subject", "ann"], 1, "No demo is running here"),
    ],
)
def test_wrong_use_is_answered_with_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == code
    printed = capsys.readouterr()
    assert sentence in printed.err
    assert printed.out == ""


def leave_first_builds(folder: Path) -> None:
    """Leaves the snapshots as of a week ago, and makes the measured one live."""
    _, measured, *newer = sorted(file.parent for file in folder.glob(".demo/*/snapshots/*/manifest.json"))
    for snapshot in newer:
        shutil.rmtree(snapshot)
    (measured.parent / "CURRENT").write_text(measured.name)


def _urls(folder: Path) -> list[str]:
    note = json.loads((folder / ".demo" / "running.json").read_text())
    return [note[f"{name}_url"] for name in ("service", "catalog", "issuer")]


def _is_closed(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/", timeout=2)
    except httpx.ConnectError:
        return True
    return False
