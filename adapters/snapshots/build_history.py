"""Outcomes of builds and refreshes, which outlive the jobs that made them.

A build ends before anything scrapes it. Services read the record and report it as metrics.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

import msgspec
import structlog

from adapters.snapshots.errors import SnapshotError, SnapshotRejected
from adapters.snapshots.storage import SnapshotStorage

Kind = Literal["build", "refresh"]

Outcome = Literal["started", "published", "refused", "failed", "unchanged", "skipped"]
"""A refresh is `unchanged` if no product is new, gone or changed, and `skipped` if a build is running or missing."""


class Outcomes(msgspec.Struct, frozen=True):
    """Outcomes of builds or refreshes.

    Attributes:
        counts: number of runs by outcome.
        times: seconds since the epoch of the latest run by outcome.
    """

    counts: dict[str, int] = {}
    times: dict[str, float] = {}

    def with_run(self, outcome: Outcome, at: float) -> Self:
        """The outcomes with one more run."""
        counts = {**self.counts, outcome: self.counts.get(outcome, 0) + 1}
        return msgspec.structs.replace(self, counts=counts, times={**self.times, outcome: at})


class BuildRecord(Outcomes, frozen=True):
    """Content of `builds.json`: outcomes of builds.

    Attributes:
        last: numbers of the latest published build by name.
        refreshes: outcomes of refreshes.
    """

    last: dict[str, float] = {}
    refreshes: Outcomes = Outcomes()


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

    def add(self, outcome: Outcome, last: Mapping[str, float] | None = None, *, kind: Kind = "build") -> None:
        """Records an outcome.

        A failure is logged, because a record must not fail a build.

        Args:
            outcome: of a run that started or ended now.
            last: numbers of a published build by name.
            kind: of the run.
        """

        def with_run(content: bytes | None) -> bytes:
            record, now = _decoded(content), time.time()
            if kind == "refresh":
                record = msgspec.structs.replace(record, refreshes=record.refreshes.with_run(outcome, now))
            else:
                record = record.with_run(outcome, now)
            if last is not None:
                record = msgspec.structs.replace(record, last=dict(last))
            return msgspec.json.encode(record)

        try:
            self.storage.change_builds(with_run)
        except SnapshotError as error:
            structlog.get_logger("adapters.snapshots").warning(
                "build not recorded", kind=kind, outcome=outcome, reason=str(error)
            )


def _decoded(content: bytes | None) -> BuildRecord:
    try:
        return msgspec.json.decode(content or b"{}", type=BuildRecord)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return BuildRecord()
