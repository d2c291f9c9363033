"""Builds of the demo, of which the console compares two."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from command_line.exit_codes import ExitCode
from demo.processes import ProcessFailed, ProcessStack, module
from demo.state import DataSetFolder

WEEK = timedelta(days=7)
SHORTEST = timedelta(days=28)
"""Period of purchases from which a week is little enough to leave out."""

_MEASURED = {"INDEXER_HOLDOUT": "true"}
_UNMEASURED = {"INDEXER_HOLDOUT": "false"}
"""Measuring doubles the time of a build, and the first one is waited for."""


class Builds:
    """Runs the builds that a data set still lacks.

    Attributes:
        settings: settings of the indexer.
    """

    def __init__(
        self, console: Console, processes: ProcessStack, data: DataSetFolder, settings: Mapping[str, str]
    ) -> None:
        self.settings = settings
        self._console = console
        self._processes = processes
        self._data = data

    @property
    def is_second_due(self) -> bool:
        """True if all snapshots are as of a week ago."""
        published, until = self._data.published(), self._week_earlier()
        if not published or until is None:
            return False
        return all(each.data_until is None or each.data_until < until for each in published)

    def first(self) -> None:
        """Publishes a snapshot as of a week ago.

        Where no two could be compared, it is one of all purchases.

        Raises:
            ProcessFailed: the build failed.
        """
        until = self._week_earlier()
        if until is None:
            self._say("There is one build: purchases of four weeks are needed to compare two.")
            self._build(_UNMEASURED)
            return
        self._say("It leaves out the last week, so that a second build can be compared with it.")
        self._build(_UNMEASURED, _until(until))

    def second(self) -> None:
        """Publishes a measured snapshot as of a week ago, then one of all purchases.

        The quality gate may refuse either.

        Raises:
            ProcessFailed: a server failed.
        """
        until, measure = self._week_earlier(), _MEASURED
        if until is not None and not self._is_measured:
            self._say("The build as of a week ago is measured first.")
            if self._try_to_build(_MEASURED, _until(until), "--choose-once") and not self._is_measured:
                self._say("Too few shoppers bought again to measure it.")
                measure = _UNMEASURED
        self._try_to_build(measure)

    @property
    def _is_measured(self) -> bool:
        return any(each.is_measured for each in self._data.published())

    def _week_earlier(self) -> datetime | None:
        return week_earlier(self._data.catalog / "catalog.db")

    def _try_to_build(self, settings: Mapping[str, str], *arguments: str) -> bool:
        """Builds, and tells what kept the build from being published. Returns whether it was."""
        try:
            self._build(settings, *arguments)
        except ProcessFailed as failure:
            self._processes.check()
            refused = failure.exit_code == ExitCode.NOT_PUBLISHED
            self._say(
                "The quality gate refused it. The build before stays live." if refused else str(failure)
            )
            return False
        return True

    def _build(self, settings: Mapping[str, str], *arguments: str) -> None:
        self._processes.run(
            "Building", [*module("indexer"), "build", *arguments], {**self.settings, **settings}
        )

    def _say(self, sentence: str) -> None:
        self._console.print(f"   {sentence}")


def _until(time: datetime) -> str:
    return f"--until={time.isoformat()}"


def week_earlier(database: Path) -> datetime | None:
    """A week before the latest purchase.

    None if the purchases are of less than `SHORTEST`.

    Args:
        database: of the demo's catalog. Its times are microseconds since 1970.
    """
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        query = "SELECT min(purchased_at), max(purchased_at) FROM purchases"
        first, last = connection.execute(query).fetchone()
    if first is None or timedelta(microseconds=last - first) < SHORTEST:
        return None
    return datetime.fromtimestamp(last // 1_000_000, UTC) - WEEK
