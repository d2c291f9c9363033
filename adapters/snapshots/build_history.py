"""Outcomes of builds, recorded beside the snapshots, where they survive the jobs that built.

A build ends before anything scrapes it. Services read the record and report it as metrics.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec
import structlog

from adapters.snapshots.errors import SnapshotError, SnapshotRejected
from adapters.snapshots.storage import SnapshotStorage

Outcome = Literal["started", "published", "refused", "failed"]


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
    """The record of one storage.

    Attributes:
        storage: of the snapshots that the builds publish.
    """

    storage: SnapshotStorage

    def read(self) -> BuildRecord:
        """Returns the record.

        It is empty before the first build, and if it cannot be read.

        Raises:
            SnapshotUnreachable: the object storage does not answer.
        """
        try:
            return _decoded(self.storage.read_builds())
        except SnapshotRejected:
            return BuildRecord()

    def add(self, outcome: Outcome, last: Mapping[str, float] | None = None) -> None:
        """Records an outcome.

        A failure is logged, because a record must not fail a build.

        Args:
            outcome: of a build that started or ended now.
            last: numbers of a published build by name.
        """

        def with_build(content: bytes | None) -> bytes:
            return msgspec.json.encode(_decoded(content).with_build(outcome, time.time(), last))

        try:
            self.storage.change_builds(with_build)
        except SnapshotError as error:
            structlog.get_logger("adapters.snapshots").warning("build not recorded", reason=str(error))


def _decoded(content: bytes | None) -> BuildRecord:
    try:
        return msgspec.json.decode(content or b"{}", type=BuildRecord)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return BuildRecord()
