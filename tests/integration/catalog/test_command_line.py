"""The command line as its own process: exit codes, sentences, signals."""

import os
import signal
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.support.servers import processes
from tests.support.servers.processes import Server, answers, module

GOOD = "user_id,product_id,purchased_at\nu,p,2026-01-01\n"


def environment(folder: Path, **settings: object) -> dict[str, str]:
    given = {f"CATALOG_{name.upper()}": str(value) for name, value in settings.items()}
    return os.environ | {"CATALOG_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/c.db"} | given


def run(folder: Path, *arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error::ResourceWarning", "-m", "catalog", *arguments]
    return subprocess.run(
        command, env=environment(folder, **settings), capture_output=True, text=True, timeout=60
    )


def serving(folder: Path, port: int) -> AbstractContextManager[Server]:
    variables = environment(folder, listen_port=port, log_format="json")
    ready = answers(f"http://127.0.0.1:{port}/health/ready")
    return processes.serving(module(["catalog", "serve"]), variables, ready, folder / "catalog.log")


def test_load_prints_the_number_of_changes(tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text(GOOD)
    done = run(tmp_path, "load", "--purchases", str(tmp_path / "q.csv"))
    assert done.returncode == 0, done.stderr
    assert "purchases: 1 new or changed" in done.stdout
    assert "Reading purchases: 1 rows" in done.stderr


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there is no such file"),
        (GOOD + "u,a/b,2026-01-01\n", "row 2 (line 3), column 'product_id': 'a/b'"),
        (GOOD + "u,q,soon\n", "row 2 (line 3), column 'purchased_at': 'soon' is not a date"),
        (GOOD.replace("user_id", "buyer"), "lacks the column 'user_id'; found: 'buyer'"),
    ],
)
def test_bad_file_is_exit_code_2_with_one_message(tmp_path: Path, content: str | None, says: str) -> None:
    file = tmp_path / "q.csv"
    if content is not None:
        file.write_text(content)
    done = run(tmp_path, "load", "--purchases", str(file))
    assert done.returncode == 2
    assert f"error: {file}" in done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_file_arguments_and_bad_settings_are_exit_code_2(tmp_path: Path) -> None:
    assert run(tmp_path, "load").returncode == 2
    unusable = run(tmp_path, "serve", database_url="mysql://u:hush@host/db", issuer="http://issuer")
    assert unusable.returncode == 2
    assert "CATALOG_DATABASE_URL" in unusable.stderr
    assert "hush" not in unusable.stderr


@pytest.mark.parametrize("name", ["missing", "spoilt"])
def test_unusable_database_is_exit_code_1(tmp_path: Path, name: str) -> None:
    (tmp_path / "q.csv").write_text(GOOD)
    if name == "spoilt":
        (tmp_path / name).mkdir()
        (tmp_path / name / "c.db").write_bytes(b"no database" * 1000)
    url = f"sqlite+aiosqlite:///{tmp_path}/{name}/c.db"
    done = run(tmp_path, "load", "--purchases", str(tmp_path / "q.csv"), database_url=url)
    assert done.returncode == 1
    assert "cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_full_disk_is_exit_code_1_and_changes_nothing(tmp_path: Path) -> None:
    rows = "".join(f"user {n},product {n},2026-01-01\n" for n in range(40_000))
    (tmp_path / "q.csv").write_text(GOOD + rows)
    # No file may grow beyond 2 MB: what the kernel then says is what it says of a disk without room.
    limited = (
        "import resource, sys; from catalog.__main__ import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000)); sys.exit(main())"
    )
    command = [sys.executable, "-c", limited, "load", "--purchases", str(tmp_path / "q.csv")]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "error: " in done.stderr
    assert "the database" in done.stderr
    assert "Traceback" not in done.stderr
    (tmp_path / "small.csv").write_text(GOOD)
    again = run(tmp_path, "load", "--purchases", str(tmp_path / "small.csv"))
    assert "purchases: 1 new" in again.stdout


def test_killed_load_changes_nothing(tmp_path: Path) -> None:
    rows = "".join(f"user {n % 999},product {n % 9999},2026-01-01,{n}\n" for n in range(300_000))
    (tmp_path / "q.csv").write_text("user_id,product_id,purchased_at,order_id\n" + rows)
    command = [sys.executable, "-m", "catalog", "load", "--purchases", str(tmp_path / "q.csv")]
    process = subprocess.Popen(command, env=environment(tmp_path), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert process.stderr.readline().startswith("Reading purchases")  # read; now it writes
    time.sleep(0.3)
    process.kill()
    process.communicate()
    (tmp_path / "small.csv").write_text(GOOD)
    again = run(tmp_path, "load", "--purchases", str(tmp_path / "small.csv"))
    assert "products: 1 new or changed\npurchases: 1 new or changed\nusers: 1 new" in again.stdout


def test_help_names_the_columns_and_the_settings(tmp_path: Path) -> None:
    helped = run(tmp_path, "load", "--help")
    assert helped.returncode == 0
    for word in ("user_id*", "purchased_at*", "attributes", "CATALOG_DATABASE_URL", "--products FILE"):
        assert word in helped.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_ends_cleanly_on_a_signal(tmp_path: Path, free_port: int, number: signal.Signals) -> None:
    with serving(tmp_path, free_port) as server:
        assert server.process is not None
        server.process.send_signal(number)
        assert server.process.wait(20) == 0
    log = server.log.read_text()
    assert "Traceback" not in log
    assert '"event": "Finished server process' in log


def test_occupied_port_is_exit_code_1(tmp_path: Path, free_port: int) -> None:
    with serving(tmp_path, free_port):
        second = run(tmp_path, "serve", listen_port=free_port)
    assert second.returncode == 1
    assert "address already in use" in second.stderr
    assert "Traceback" not in second.stderr
