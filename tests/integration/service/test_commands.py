"""The database commands `migrate` and `retain`, as an operator runs them."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.database import EventStore, ShopperStore, open_engine
from service.__main__ import main
from tests.support.builders.recorded_events import an_event

NOW = datetime.now(UTC)


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """URL of a database that does not exist yet. It is the only setting."""
    url = f"sqlite:///{tmp_path}/recommender.db"
    monkeypatch.setenv("SERVICE_DATABASE_URL", url)
    return url


def test_second_migration_does_nothing(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    assert capsys.readouterr().out == "applied 0001, 0002, 0003, 0004\n"
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
    for wrong, named in (("mysql://a/b", "driver"), ("sqlite:////nowhere/at/all.db", "/nowhere/at/all.db")):
        monkeypatch.setenv("SERVICE_DATABASE_URL", wrong)
        assert main(command) == 2
        assert named in capsys.readouterr().err


@pytest.mark.parametrize("days", ["0", "-1", "nan", "inf", "all"])
def test_invalid_number_of_days_is_rejected(url: str, days: str) -> None:
    with pytest.raises(SystemExit):
        main(["retain", "--days", days])


def test_retain_reports_a_database_without_tables(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["retain", "--days", "1"]) == 2
    assert "lacks what this version needs" in capsys.readouterr().err
