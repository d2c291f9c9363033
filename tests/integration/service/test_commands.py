"""Commands on the database, as an operator runs them: migrate and retain."""

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
    """A database that does not exist yet; nothing else is set."""
    url = f"sqlite:///{tmp_path}/recommender.db"
    monkeypatch.setenv("SERVICE_DATABASE_URL", url)
    return url


def test_migrating_twice_does_nothing_twice(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    assert capsys.readouterr().out == "applied 0001, 0002, 0003\n"
    assert main(["migrate"]) == 0
    assert capsys.readouterr().out == "nothing to do: the database is at 0003\n"


async def count(url: str) -> int:
    engine = open_engine(url)
    try:
        return len((await ShopperStore(engine).read("u", 100)).events)
    finally:
        await engine.dispose()


def test_retaining_deletes_what_is_older(url: str, capsys: pytest.CaptureFixture[str]) -> None:

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
def test_a_database_that_cannot_be_used_is_named(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for wrong, told in (("mysql://a/b", "driver"), ("sqlite:////nowhere/at/all.db", "/nowhere/at/all.db")):
        monkeypatch.setenv("SERVICE_DATABASE_URL", wrong)
        assert main(command) == 2
        assert told in capsys.readouterr().err


@pytest.mark.parametrize("days", ["0", "-1", "nan", "inf", "all"])
def test_a_number_of_days_that_is_none_is_refused(url: str, days: str) -> None:
    with pytest.raises(SystemExit):
        main(["retain", "--days", days])


def test_retaining_in_a_database_that_is_not_migrated_says_so(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["retain", "--days", "1"]) == 2
    assert "lacks what this version needs" in capsys.readouterr().err
