"""Builds that the demo runs beside the service, and its sentences about them."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from adapters.snapshots.manifest import FORMAT_VERSION
from command_line.exit_codes import ExitCode
from demo.builds import Builds, week_earlier
from demo.processes import ProcessFailed, ProcessStack
from demo.state import DataSetFolder

VERSION = "20240101T000000000Z-00000000"
DAYS = 40


class Indexer(ProcessStack):
    """Notes the options of each build, which the gate refuses or not."""

    def __init__(self, *, refuses: bool) -> None:
        super().__init__()
        self.built: list[tuple[bool, bool]] = []
        self._refuses = refuses

    def run(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        is_earlier = any(each.startswith("--until=") for each in command)
        self.built.append((is_earlier, environment["INDEXER_HOLDOUT"] == "true"))
        if self._refuses:
            raise ProcessFailed(name, ExitCode.NOT_PUBLISHED)


@pytest.fixture
def data(tmp_path: Path) -> DataSetFolder:
    """A loaded shop with one snapshot that is not measured."""
    folder = DataSetFolder(tmp_path)
    folder.catalog.mkdir(parents=True)
    with closing(sqlite3.connect(folder.catalog / "catalog.db")) as connection:
        connection.execute("CREATE TABLE purchases (purchased_at INTEGER)")
        days = [(day * 86_400 * 1_000_000,) for day in range(DAYS)]
        connection.executemany("INSERT INTO purchases VALUES (?)", days)
        connection.commit()
    manifest = {"format_version": FORMAT_VERSION, "data_watermark": None, "metrics": {}}
    (folder.snapshots / VERSION).mkdir(parents=True)
    (folder.snapshots / VERSION / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.mark.parametrize(
    ("refuses", "measured", "said"),
    [(True, True, "quality gate refused it"), (False, False, "Too few shoppers")],
)
def test_cause_of_a_missing_measure_is_told(
    data: DataSetFolder, refuses: bool, measured: bool, said: str
) -> None:
    indexer, output = Indexer(refuses=refuses), StringIO()
    Builds(Console(file=output, width=200), indexer, data, {}).second()
    assert indexer.built == [(True, True), (False, measured)]
    assert said in output.getvalue()
    assert ("Too few shoppers" in output.getvalue()) is not refuses


def test_shop_of_less_than_four_weeks_is_built_once(data: DataSetFolder) -> None:
    with closing(sqlite3.connect(data.catalog / "catalog.db")) as connection:
        connection.execute("DELETE FROM purchases WHERE rowid > 28")
        connection.commit()
    indexer, output = Indexer(refuses=False), StringIO()
    builds = Builds(Console(file=output, width=200), indexer, data, {})
    builds.first()
    assert indexer.built == [(False, False)]
    assert "purchases of four weeks are needed to compare two" in output.getvalue()
    assert not builds.is_second_due


@pytest.mark.parametrize(("days", "known"), [(27, False), (28, True)])
def test_week_is_left_out_of_four_weeks_or_more(tmp_path: Path, days: int, known: bool) -> None:
    first, database = datetime(2024, 5, 1, 9, tzinfo=UTC), tmp_path / "catalog.db"
    last = first + timedelta(days=days)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE purchases (purchased_at INTEGER)")
        assert week_earlier(database) is None
        times = [(int(each.timestamp()) * 1_000_000,) for each in (last, first)]
        connection.executemany("INSERT INTO purchases VALUES (?)", times)
        connection.commit()
    assert week_earlier(database) == (last - timedelta(days=7) if known else None)
