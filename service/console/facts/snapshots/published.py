"""Published snapshots: their quality, what became of builds, and rollbacks."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import msgspec
import structlog

from adapters.snapshots import (
    BuildHistory,
    SigningKey,
    SnapshotError,
    SnapshotLocked,
    SnapshotNotFound,
    SnapshotNotWritable,
    SnapshotRejected,
    SnapshotStorage,
    SnapshotUnreachable,
    roll_back,
)
from adapters.snapshots.build_history import BuildEntry
from adapters.snapshots.versions import is_version, version_time
from service.console.facts.snapshots.snapshot_lines import SnapshotLine
from service.console.facts.snapshots.verdict import Verdict, build_before, verdict_of
from service.http.problems import ProblemException
from service.snapshots.live import LiveSnapshot

MAX_LISTED = 50


class UnknownSnapshot(ProblemException):
    """No snapshot of this version is published."""

    def __init__(self, reason: str) -> None:
        super().__init__(404, "unknown-snapshot", "Unknown snapshot", reason)


def check_version(version: str) -> None:
    """Raises UnknownSnapshot unless `version` has the form of a version."""
    if not is_version(version):
        raise UnknownSnapshot(f"{version!r} is not the version of a snapshot.")


class SnapshotsUnchanged(ProblemException):
    """A rollback that was not done. The problem says what to do next.

    Attributes:
        reason: why it was not done.
        advice: the next step.
        command: does it where the indexer runs. Empty where it would meet the same failure.
    """

    def __init__(self, version: str, error: SnapshotError) -> None:
        self.reason, self.command = str(error), ""
        if isinstance(error, SnapshotLocked):
            self.advice = "Make it live again when the build or the refresh has ended"
        elif isinstance(error, SnapshotNotWritable):
            self.command = f"python -m indexer rollback {version}"
            self.advice = (
                "Run this where the indexer runs, as an account that may write to the storage of snapshots"
            )
        else:
            self.advice = "Choose another version, or build again"
        detail = f"{self.reason}. {self.advice}" + (f": {self.command}" if self.command else ".")
        super().__init__(409, "snapshots-unchanged", "Nothing was changed", detail)


class SnapshotsUnreachable(ProblemException):
    """The storage of snapshots does not answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            503, "snapshots-unreachable", "Storage unreachable", reason, headers={"retry-after": "5"}
        )


@contextmanager
def storage_problems(
    other: Callable[[SnapshotError], ProblemException] = lambda error: SnapshotsUnreachable(str(error)),
) -> Iterator[None]:
    """Raises failures of the storage of snapshots as problems, within a `with` block.

    `other` makes the problem of a version that is published and cannot be used.
    """
    try:
        yield
    except SnapshotNotFound as error:
        raise UnknownSnapshot(str(error)) from error
    except SnapshotUnreachable as error:
        raise SnapshotsUnreachable(str(error)) from error
    except SnapshotError as error:
        raise other(error) from error


class SnapshotsView(msgspec.Struct, frozen=True):
    """Published snapshots.

    Attributes:
        live: the version that pods follow, null if there is none.
        served: the version that this pod serves, null if there is none.
        snapshots: newest first, at most 50.
        verdict: whether the live build is better than the one before, null without a usable live version.
        history: ends of builds and refreshes with the verdicts of the quality gate, and rollbacks, newest first.
    """

    live: str | None
    served: str | None
    verdict: Verdict | None
    snapshots: list[SnapshotLine]
    history: list[BuildEntry]

    def before(self, version: str) -> str:
        """The earlier version that a comparison with `version` begins with.

        The last build before it, else the last refresh, else `version` itself. Unusable versions do not count.
        """
        if build := build_before(self.snapshots, version):
            return build.version
        earlier = (line.version for line in self.snapshots if not line.problem and line.version < version)
        return max(earlier, default=version)


class RollbackView(msgspec.Struct, frozen=True):
    """A rollback.

    Attributes:
        live: the version that is live now. Pods load it with their next poll.
        was: the version that was live, null if none was.
    """

    live: str
    was: str | None


@dataclass(frozen=True, slots=True)
class SnapshotFacts:
    """Answers about published snapshots. All methods raise SnapshotsUnreachable.

    Attributes:
        storage: of the snapshots.
        keys: accepted signing keys.
        live: the snapshot of this pod.
    """

    storage: SnapshotStorage
    keys: Sequence[SigningKey]
    live: LiveSnapshot

    async def all(self) -> SnapshotsView:
        """All published snapshots."""
        with storage_problems():
            return await asyncio.to_thread(self._read)

    async def roll_back(self, version: str, by: str) -> RollbackView:
        """Makes an earlier version the live one, as `indexer rollback` does.

        Args:
            version: to make live.
            by: who asked for it, for the log and the build history.

        Raises:
            UnknownSnapshot: it is not published.
            SnapshotsUnchanged: it cannot be used, or the storage cannot be written now.
        """
        check_version(version)
        with storage_problems(partial(SnapshotsUnchanged, version)):
            done = await asyncio.to_thread(roll_back, self.storage, self.keys, version, by)
        structlog.get_logger("service").warning(
            "snapshot rolled back", version=done.version, was=done.was, by=by
        )
        return RollbackView(done.version, done.was)

    def _read(self) -> SnapshotsView:
        try:
            live: str | None = self.storage.current()
        except (SnapshotNotFound, SnapshotRejected):
            live = None
        listed = self.storage.versions()[: -MAX_LISTED - 1 : -1]
        lines = [self._line(version, live=version == live) for version in listed]
        history = list(reversed(BuildHistory(self.storage).read().entries))
        return SnapshotsView(live, self.live.version, verdict_of(lines, history), lines, history)

    def _line(self, version: str, *, live: bool) -> SnapshotLine:
        try:
            return SnapshotLine.of(self.storage.manifest(version, self.keys), live=live)
        except SnapshotUnreachable:
            raise
        except SnapshotError as error:
            return SnapshotLine(version, version_time(version), live, problem=str(error))
