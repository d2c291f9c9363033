"""The database commands `migrate` and `retain`, as an operator runs them."""

import asyncio
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.database import EventStore, ShopperStore, open_engine
from service.__main__ import main
from tests.support.builders.recorded_events import an_event
from tests.support.builders.services.service_processes import service_processes
from tests.support.servers.ports import unused_port
from tests.support.servers.processes import run
from tests.support.servers.waiting import wait_for
from tests.support.tokens import Forge

NOW = datetime.now(UTC)


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """URL of a database that does not exist yet. It is the only setting."""
    url = f"sqlite:///{tmp_path}/recommender.db"
    monkeypatch.setenv("SERVICE_DATABASE_URL", url)
    return url


def test_second_migration_does_nothing(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    assert capsys.readouterr().out == "database migrated: 0001, 0002, 0003, 0004\n"
    assert main(["migrate"]) == 0
    assert capsys.readouterr().out == "nothing to do: the database is at 0004\n"


async def count(url: str) -> int:
    engine = open_engine(url)
    try:
        return len((await ShopperStore(engine).read("u", 100)).events)
    finally:
        await engine.dispose()


def test_retain_deletes_older_events(url: str, capsys: pytest.CaptureFixture[str]) -> None:

    async def record() -> None:
        engine = open_engine(url)
        ages = (1, 29, 31, 400)
        await EventStore(engine).add(
            [an_event(str(age), occurred_at=NOW - timedelta(days=age)) for age in ages]
        )
        await engine.dispose()

    assert main(["migrate"]) == 0
    asyncio.run(record())
    capsys.readouterr()
    assert main(["retain", "--days", "30"]) == 0
    assert capsys.readouterr().out == "deleted 2 events that are older than 30 days\n"
    assert asyncio.run(count(url)) == 2


@pytest.mark.parametrize("command", [["migrate"], ["retain", "--days", "1"]])
def test_unusable_database_is_named(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unusable = (("mysql://a/b", "driver", 2), ("sqlite:////nowhere/at/all.db", "/nowhere/at/all.db", 1))
    for wrong, named, code in unusable:
        monkeypatch.setenv("SERVICE_DATABASE_URL", wrong)
        assert main(command) == code
        assert named in capsys.readouterr().err


@pytest.mark.parametrize("days", ["0", "-1", "nan", "inf", "all"])
def test_invalid_number_of_days_is_rejected(url: str, days: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["retain", "--days", days])
    assert f"{days!r} is not a number of days above 0" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, "short"])
def test_unusable_key_is_named_with_its_setting(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if content:
        (tmp_path / "key").write_text(content)
    monkeypatch.setenv("SERVICE_ISSUERS", '[{"issuer": "https://i.test", "jwks_url": "https://i.test/jwks"}]')
    monkeypatch.setenv("SERVICE_SNAPSHOT_SIGNING_KEY_FILES", str(tmp_path / "key"))
    assert main(["serve"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "SERVICE_SNAPSHOT_SIGNING_KEY_FILES: " in line
    assert str(tmp_path / "key") in line


def test_retain_reports_a_database_without_tables(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["retain", "--days", "1"]) == 1
    said = capsys.readouterr().err
    assert "lacks what this version needs" in said
    assert said.endswith(". To add it: python -m service migrate\n")


def test_unknown_variable_is_reported(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SERVICE_DATABASE_ULR", url)
    assert main(["migrate"]) == 0
    assert "Did you mean SERVICE_DATABASE_URL?" in capsys.readouterr().err


@pytest.mark.parametrize("variable", ["SERVICE_LISTEN_PORT", "SERVICE_MANAGEMENT_PORT"])
def test_port_in_use_is_exit_code_4_and_misspelled_variables_are_named(variable: str, tmp_path: Path) -> None:
    (tmp_path / "snapshot.key").write_text("k" * 32)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(
            ["service", "serve"],
            {
                "SERVICE_LISTEN_PORT": str(unused_port()),
                variable: str(port),
                "SERVICE_LISTEN_PROT": "8001",
                "SERVICE_ISSUERS": '[{"issuer": "https://i.test", "jwks_url": "https://i.test/jwks"}]',
                "SERVICE_SNAPSHOT_SIGNING_KEY_FILES": str(tmp_path / "snapshot.key"),
            },
        )
    assert done.returncode == 4
    line, warning = done.stderr.splitlines()
    assert f"127.0.0.1:{port}" in line
    assert "Did you mean SERVICE_LISTEN_PORT?" in warning


def test_unmigrated_database_and_unknown_setting_are_logged_at_the_start(tmp_path: Path) -> None:
    changes = {
        "SERVICE_DATABASE_URL": f"sqlite:///{tmp_path}/empty.db",
        "SERVICE_LISTEN_PROT": "1",
    }
    with service_processes(tmp_path, Forge(tmp_path / "jwks.json"), 1, changes, migrated=False):
        log = tmp_path / "service-0.log"
        wait_for(log.read_text, lambda text: "python -m service migrate" in text)
        assert "Did you mean SERVICE_LISTEN_PORT?" in log.read_text()
