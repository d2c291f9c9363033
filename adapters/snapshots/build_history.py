"""Outcomes of builds, recorded on the volume, where they survive the jobs that built.

A build ends before anything scrapes it. Services read the record and report it as metrics.
"""

import fcntl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import structlog

from adapters.snapshots.checksums import open_regular
from adapters.snapshots.errors import SnapshotNotWritable
from adapters.snapshots.volume import writing

Outcome = Literal["started", "published", "refused", "failed"]

_FILE = "builds.json"
_LOCK = ".builds.lock"
_MAX_BYTES = 64 * 1024


class BuildRecord(msgspec.Struct, frozen=True):
    """Content of `builds.json`.

    Attributes:
        counts: number of builds by outcome.
        times: seconds since the epoch of the latest build by outcome.
        last: numbers of the latest published build by name.
    """

    counts: dict[str, int] = {}
    times: dict[str, float] = {}
    last: dict[str, float] = {}

    def with_build(self, outcome: Outcome, at: float, last: Mapping[str, float] | None) -> "BuildRecord":
        """The record with one more build."""
        counts = {**self.counts, outcome: self.counts.get(outcome, 0) + 1}
        return BuildRecord(counts, {**self.times, outcome: at}, self.last if last is None else dict(last))


@dataclass(frozen=True, slots=True)
class BuildHistory:
    """The record of a volume.

    Attributes:
        root: directory of the volume.
    """

    root: Path

    def read(self) -> BuildRecord:
        """Returns the record.

        It is empty before the first build, and if it cannot be read.
        """
        try:
            with open_regular(self.root / _FILE) as file:
                return msgspec.json.decode(file.read(_MAX_BYTES), type=BuildRecord)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return BuildRecord()

    def add(self, outcome: Outcome, last: Mapping[str, float] | None = None) -> None:
        """Records an outcome.

        A failure is logged, because a record must not fail a build.

        Args:
            outcome: of a build that started or ended now.
            last: numbers of a published build by name.
        """
        try:
            self._add(outcome, last)
        except SnapshotNotWritable as error:
            structlog.get_logger("adapters.snapshots").warning("build not recorded", reason=str(error))

    def _add(self, outcome: Outcome, last: Mapping[str, float] | None) -> None:
        with writing(self.root / _FILE):
            self.root.mkdir(parents=True, exist_ok=True)
            with (self.root / _LOCK).open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                record = self.read().with_build(outcome, time.time(), last)
                temporary = self.root / f".{_FILE}.new"
                temporary.write_bytes(msgspec.json.encode(record))
                temporary.replace(self.root / _FILE)
