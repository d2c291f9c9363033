"""Exit codes, messages and signals of the command line."""

import os
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from catalog.__main__ import main
from tests.support.builders.kept_logs import logs_as_before
from tests.support.servers import processes
from tests.support.servers.ports import unused_port
from tests.support.servers.processes import Server, answers, module, serving_module
from tests.support.servers.raw_client import converse

__all__ = ["logs_as_before"]

GOOD = "user_id,product_id,purchased_at\nu,p,2026-01-01\n"


def environment(folder: Path, **settings: object) -> dict[str, str]:
    given = {f"CATALOG_{name.upper()}": str(value) for name, value in settings.items()}
    return os.environ | {"CATALOG_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/c.db"} | given


def run(folder: Path, *arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    return processes.run(["catalog", *arguments], environment(folder, **settings))


@dataclass(frozen=True)
class Result:
    """Exit code and output of a command."""

    code: int
    out: str
    err: str


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Result]:
    """Runs a command in this process."""

    def run_main(*arguments: str, **settings: object) -> Result:
        for name, value in environment(tmp_path, **settings).items():
            monkeypatch.setenv(name, value)
        try:
            code = main(arguments)
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return run_main


def serving(folder: Path, port: int) -> AbstractContextManager[Server]:
    variables = environment(folder, listen_port=port, log_format="json")
    ready = answers(f"http://127.0.0.1:{port}/health/ready")
    return processes.serving(module(["catalog", "serve"]), variables, ready, folder / "catalog.log")


def test_load_prints_the_number_of_changes(tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text(GOOD)
    plain = [sys.executable, "-W", "error::ResourceWarning", "-m", "catalog"]
    command = [*plain, "load", "--purchases", str(tmp_path / "q.csv")]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "purchases: 1 new or changed" in done.stdout
    assert "Staging purchases: 1 row in" in done.stderr
    assert done.stdout.startswith("File ")


def test_inspect_prints_the_preview_and_loads_nothing(tmp_path: Path, call: Callable[..., Result]) -> None:
    (tmp_path / "q.csv").write_text(GOOD)
    done = call("inspect", str(tmp_path / "q.csv"))
    assert (done.code, done.out.startswith("File ")) == (0, True)
    assert "new or changed" not in done.out
    assert not (tmp_path / "c.db").exists()


def test_refusal_prints_the_command_that_would_load(tmp_path: Path, call: Callable[..., Result]) -> None:
    file = tmp_path / "my purchases.csv"
    file.write_text("customer_reference_code,product_id,purchased_at\nu,p,1/2/2026\n")
    refused = call("load", "--purchases", str(file))
    commands = [line.strip() for line in refused.err.splitlines() if line.startswith("  python -m catalog")]
    assert (refused.code, len(commands)) == (2, 1), refused.err
    words = shlex.split(commands[0])
    assert words[:5] == ["python", "-m", "catalog", "load", "--purchases"]
    assert call(*words[3:], "--dates", "dmy").code == 0
    as_make = call("load", str(file), "--run-as", "make demo PURCHASES=x.csv").err
    assert "  make demo PURCHASES=x.csv MAP=user_id=customer_reference_code" in as_make


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "does not exist"),
        (GOOD + "u,q,soon\n", "1 of 2 rows cannot be read, more than 1%"),
        (GOOD.replace("product_id", "x"), "--map product_id=x\n"),
    ],
)
def test_bad_file_is_exit_code_2_with_one_message(
    tmp_path: Path, call: Callable[..., Result], content: str | None, says: str
) -> None:
    file = tmp_path / "q.csv"
    if content is not None:
        file.write_text(content)
    result = call("load", "--purchases", str(file))
    assert result.code == 2
    assert "error: " in result.err
    assert str(file) in result.err
    assert says in result.err
    assert "Traceback" not in result.err


def test_missing_file_arguments_and_bad_settings_are_exit_code_2(call: Callable[..., Result]) -> None:
    assert call("load").code == 2
    unusable = call("serve", database_url="mysql://u:hush@host/db", issuer="http://issuer")
    assert unusable.code == 2
    assert "CATALOG_DATABASE_URL" in unusable.err
    assert "hush" not in unusable.err


@pytest.mark.parametrize("name", ["missing", "spoilt"])
def test_unusable_database_is_exit_code_1(tmp_path: Path, call: Callable[..., Result], name: str) -> None:
    (tmp_path / "q.csv").write_text(GOOD)
    if name == "spoilt":
        (tmp_path / name).mkdir()
        (tmp_path / name / "c.db").write_bytes(b"no database" * 1000)
    url = f"sqlite+aiosqlite:///{tmp_path}/{name}/c.db"
    result = call("load", "--purchases", str(tmp_path / "q.csv"), database_url=url)
    assert result.code == 1
    assert "error: CATALOG_DATABASE_URL: the database" in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize("kind", ["missing", "spoilt", "unreachable"])
def test_serve_with_an_unusable_database_is_one_line_and_exit_code_1(
    tmp_path: Path, free_port: int, kind: str
) -> None:
    (tmp_path / "spoilt.db").write_bytes(b"no database" * 1000)
    url = {
        "missing": f"sqlite+aiosqlite:///{tmp_path}/missing/c.db",
        "spoilt": f"sqlite+aiosqlite:///{tmp_path}/spoilt.db",
        "unreachable": f"postgresql://u:hush@127.0.0.1:{unused_port()}/c",
    }[kind]
    done = run(tmp_path, "serve", database_url=url, listen_port=free_port)
    assert done.returncode == 1
    assert done.stderr.startswith("error: CATALOG_DATABASE_URL: the database")
    assert len(done.stderr.splitlines()) == 1
    assert "hush" not in done.stderr


def test_serve_starts_while_a_load_has_locked_the_database(tmp_path: Path, free_port: int) -> None:
    url = f"http://127.0.0.1:{free_port}/health"
    variables = environment(tmp_path, listen_port=free_port, database_timeout_seconds=0.1)
    with closing(sqlite3.connect(tmp_path / "c.db", isolation_level=None)) as loading:
        loading.execute("BEGIN IMMEDIATE")
        with serving_module(["catalog", "serve"], variables, f"{url}/live", tmp_path / "catalog.log"):
            assert httpx.get(f"{url}/ready", timeout=20).status_code == 503
            loading.execute("ROLLBACK")
            assert httpx.get(f"{url}/ready", timeout=20).status_code == 200


def test_full_disk_is_exit_code_1_and_changes_nothing(tmp_path: Path, call: Callable[..., Result]) -> None:
    rows = "".join(f"user {n},product {n},2026-01-01\n" for n in range(40_000))
    (tmp_path / "q.csv").write_text(GOOD + rows)
    # A limit of 2 MB per file causes the same errors as a full disk.
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
    again = call("load", "--purchases", str(tmp_path / "small.csv"))
    assert "purchases: 1 new" in again.out


def test_killed_load_changes_nothing(tmp_path: Path, call: Callable[..., Result]) -> None:
    rows = "".join(f"user {n % 999},product {n % 9999},2026-01-01,{n}\n" for n in range(300_000))
    (tmp_path / "q.csv").write_text("user_id,product_id,purchased_at,order_id\n" + rows)
    command = [sys.executable, "-m", "catalog", "load", "--purchases", str(tmp_path / "q.csv")]
    process = subprocess.Popen(command, env=environment(tmp_path), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("Staging products"):
            break
    process.kill()
    process.communicate()
    (tmp_path / "small.csv").write_text(GOOD)
    again = call("load", "--purchases", str(tmp_path / "small.csv"))
    assert "products: 1 new or changed\npurchases: 1 new or changed\nusers: 1 new" in again.out


def test_help_names_the_columns_and_the_settings(call: Callable[..., Result]) -> None:
    help_ = call("load", "--help")
    assert help_.code == 0
    for word in ("FIELD=COLUMN", "purchased_at", "attributes", "CATALOG_DATABASE_URL", "--products FILE"):
        assert word in help_.out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_ends_cleanly_on_a_signal(tmp_path: Path, free_port: int, number: signal.Signals) -> None:
    with serving(tmp_path, free_port) as server:
        assert server.process is not None
        server.process.send_signal(number)
        assert server.process.wait(20) == 0
    log = server.log.read_text()
    assert "Traceback" not in log
    assert '"event": "Finished server process' in log


def test_occupied_port_is_exit_code_4(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run(tmp_path, "serve", listen_port=taken.getsockname()[1])
    assert done.returncode == 4
    assert "is in use by another process. Stop it, or set CATALOG_LISTEN_PORT." in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_body_of_a_request_with_upgrade_is_not_a_request(tmp_path: Path) -> None:
    port = unused_port()
    settings = {**environment(tmp_path), "CATALOG_LISTEN_PORT": str(port)}
    body = b"GET /health/live HTTP/1.1\r\nhost: test\r\n\r\n"
    head = b"PUT /v1/products/a HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: x\r\n"
    last = b"GET /health/live HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n"
    url = f"http://127.0.0.1:{port}"
    with serving_module(["catalog", "serve"], settings, f"{url}/health/ready", tmp_path / "log"):
        found = converse(url, [head + b"content-length: %d\r\n\r\n" % len(body), 0.2, body, last])
    assert [answer.status for answer in found] == [400, 200]
