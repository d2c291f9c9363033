"""Outcomes of builds and refreshes, which outlive the jobs that made them.

A build ends before anything scrapes it. Services read the record and report it as metrics.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Self, cast

import msgspec
import structlog

from adapters.snapshots.errors import SnapshotError, SnapshotRejected
from adapters.snapshots.storage import SnapshotStorage

RunKind = Literal["build", "refresh"]

RunOutcome = Literal["started", "published", "refused", "failed", "unchanged", "skipped"]
"""A refresh is `unchanged` if no product is new, gone or changed, and `skipped` if a build is running or missing."""


BuildEvent = Literal["published", "refused", "failed", "rolled back"]
_ENTERED: tuple[RunOutcome, ...] = ("published", "refused", "failed")
MAX_ENTRIES = 50
MAX_TEXT = 500


class BuildEntry(msgspec.Struct, frozen=True):
    """The end of a build or refresh, or a rollback.

    Attributes:
        at: seconds since the epoch.
        what: how the run ended, or `rolled back`.
        kind: of the run, null for a rollback.
        version: the snapshot that became live, null if none did.
        reasons: rules of the quality gate that it violated, with the measured numbers. Of a published build: that the
            gate was overruled, and lists below their baselines.
        by: who rolled back.
    """

    at: float
    what: BuildEvent
    kind: RunKind | None = None
    version: str | None = None
    reasons: tuple[str, ...] = ()
    by: str | None = None


class Outcomes(msgspec.Struct, frozen=True):
    """Outcomes of builds or refreshes.

    Attributes:
        counts: number of runs by outcome.
        times: seconds since the epoch of the latest run by outcome.
    """

    counts: dict[str, int] = {}
    times: dict[str, float] = {}

    def with_run(self, outcome: RunOutcome, at: float) -> Self:
        """The outcomes with one more run."""
        counts = {**self.counts, outcome: self.counts.get(outcome, 0) + 1}
        return msgspec.structs.replace(self, counts=counts, times={**self.times, outcome: at})


class BuildRecord(Outcomes, frozen=True):
    """Content of `builds.json`: outcomes of builds.

    Attributes:
        last: numbers of the latest published build by name.
        refreshes: outcomes of refreshes.
        entries: the latest ends of runs, and rollbacks, oldest first.
    """

    last: dict[str, float] = {}
    refreshes: Outcomes = Outcomes()
    entries: tuple[BuildEntry, ...] = ()

    def with_entry(self, entry: BuildEntry) -> Self:
        """The record with one more entry."""
        return msgspec.structs.replace(self, entries=(*self.entries, entry)[-MAX_ENTRIES:])


@dataclass(frozen=True, slots=True)
class BuildHistory:
    """The record of one storage.

    Attributes:
        storage: where the builds publish snapshots.
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

    def add(
        self,
        outcome: RunOutcome,
        last: Mapping[str, float] | None = None,
        *,
        kind: RunKind = "build",
        version: str | None = None,
        reasons: Iterable[str] = (),
    ) -> None:
        """Records an outcome.

        A failure is logged, because a record must not fail a build.

        Args:
            outcome: of a run that started or ended now.
            last: numbers of a published build by name.
            kind: of the run.
            version: the snapshot that it published.
            reasons: of the quality gate to refuse its snapshot, that it was overruled, or lists below their baselines.
        """
        now, texts = time.time(), tuple(reason[:MAX_TEXT] for reason in reasons)

        def with_run(record: BuildRecord) -> BuildRecord:
            if kind == "refresh":
                record = msgspec.structs.replace(record, refreshes=record.refreshes.with_run(outcome, now))
            else:
                record = record.with_run(outcome, now)
            if last is not None:
                record = msgspec.structs.replace(record, last=dict(last))
            if outcome in _ENTERED:
                record = record.with_entry(BuildEntry(now, cast("BuildEvent", outcome), kind, version, texts))
            return record

        self._change(with_run, kind, outcome)

    def add_rollback(self, version: str, by: str) -> None:
        """Records a rollback to `version`. A failure is logged."""
        entry = BuildEntry(time.time(), "rolled back", version=version, by=by[:MAX_TEXT])
        self._change(lambda record: record.with_entry(entry), "rollback", "published")

    def _change(self, change: Callable[[BuildRecord], BuildRecord], kind: str, outcome: str) -> None:
        try:
            self.storage.change_builds(lambda content: msgspec.json.encode(change(_decoded(content))))
        except SnapshotError as error:
            structlog.get_logger("adapters.snapshots").warning(
                "build not recorded", kind=kind, outcome=outcome, reason=str(error)
            )


def _decoded(content: bytes | None) -> BuildRecord:
    try:
        return msgspec.json.decode(content or b"{}", type=BuildRecord)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return BuildRecord()
