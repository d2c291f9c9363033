"""Published snapshots: their quality, what became of builds, and rollbacks."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import structlog

from adapters.snapshots import (
    BuildHistory,
    Manifest,
    SigningKey,
    SnapshotError,
    SnapshotNotFound,
    SnapshotStorage,
    SnapshotUnreachable,
    roll_back,
)
from adapters.snapshots.build_history import BuildEntry
from adapters.snapshots.versions import is_version, version_time
from service.http.problems import ProblemException
from service.snapshots.live import LiveSnapshot

MAX_LISTED = 50


class UnknownSnapshot(ProblemException):
    """No snapshot of this version is published."""

    def __init__(self, reason: str) -> None:
        super().__init__(404, "unknown-snapshot", "Unknown snapshot", reason)


class SnapshotsUnchanged(ProblemException):
    """A rollback that was not done. The problem has the command that does it."""

    def __init__(self, version: str, reason: str) -> None:
        super().__init__(
            409,
            "snapshots-unchanged",
            "Nothing was changed",
            f"{reason}. Run this where the indexer runs: python -m indexer rollback {version}",
        )


class SnapshotsUnreachable(ProblemException):
    """The storage of snapshots does not answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            503, "snapshots-unreachable", "Storage unreachable", reason, headers={"retry-after": "5"}
        )


class SnapshotLine(msgspec.Struct, frozen=True):
    """A published snapshot.

    Attributes:
        version: its id.
        created: time of the build or refresh.
        live: whether it is the live one.
        problem: why it cannot be used, null if it can. Everything below is null or empty then.
        refresh_of: the build that it refreshes, null for a build.
        products, purchases, shoppers: numbers in its data.
        data_until: time of the latest purchase.
        bytes: size of its files.
        metrics: offline measurements on held-out purchases, and those of the baselines.
    """

    version: str
    created: datetime
    live: bool
    problem: str | None = None
    refresh_of: str | None = None
    products: int | None = None
    purchases: int | None = None
    shoppers: int | None = None
    data_until: datetime | None = None
    bytes: int | None = None
    metrics: dict[str, float] = {}

    @classmethod
    def of(cls, manifest: Manifest, *, live: bool) -> "SnapshotLine":
        """The line of a snapshot with a valid manifest."""
        counts = manifest.counts
        return cls(
            manifest.version,
            manifest.created,
            live,
            None,
            manifest.refresh_of,
            counts.products,
            counts.purchases,
            counts.shoppers,
            manifest.data_watermark,
            sum(file.size for file in manifest.files.values()),
            manifest.metrics,
        )


class SnapshotsView(msgspec.Struct, frozen=True):
    """Published snapshots.

    Attributes:
        live: the version that pods follow, null if there is none.
        served: the version that this pod serves, null if there is none.
        snapshots: newest first, at most 50.
        history: ends of builds and refreshes with the verdicts of the quality gate, and rollbacks, newest first.
    """

    live: str | None
    served: str | None
    snapshots: list[SnapshotLine]
    history: list[BuildEntry]


class RollbackView(msgspec.Struct, frozen=True):
    """A rollback.

    Attributes:
        live: the version that is live now. Pods load it with their next poll.
        was: the version that was live.
    """

    live: str
    was: str


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
        try:
            return await asyncio.to_thread(self._read)
        except SnapshotError as error:
            raise SnapshotsUnreachable(str(error)) from error

    async def roll_back(self, version: str, by: str) -> RollbackView:
        """Makes an earlier version the live one, as `indexer rollback` does.

        Args:
            version: to make live.
            by: who asked for it, for the log and the build history.

        Raises:
            UnknownSnapshot: it is not published.
            SnapshotsUnchanged: it cannot be used, or the storage cannot be written.
        """
        if not is_version(version):
            raise UnknownSnapshot(f"{version!r} is not the version of a snapshot.")
        try:
            done = await asyncio.to_thread(roll_back, self.storage, self.keys, version, by)
        except SnapshotNotFound as error:
            raise UnknownSnapshot(str(error)) from error
        except SnapshotUnreachable as error:
            raise SnapshotsUnreachable(str(error)) from error
        except SnapshotError as error:
            raise SnapshotsUnchanged(version, str(error)) from error
        structlog.get_logger("service").warning(
            "snapshot rolled back", version=done.version, was=done.was, by=by
        )
        return RollbackView(done.version, done.was)

    def _read(self) -> SnapshotsView:
        try:
            live: str | None = self.storage.current()
        except SnapshotNotFound:
            live = None
        listed = self.storage.versions()[: -MAX_LISTED - 1 : -1]
        lines = [self._line(version, live=version == live) for version in listed]
        history = list(reversed(BuildHistory(self.storage).read().entries))
        return SnapshotsView(live, self.live.version, lines, history)

    def _line(self, version: str, *, live: bool) -> SnapshotLine:
        try:
            return SnapshotLine.of(self.storage.manifest(version, self.keys), live=live)
        except SnapshotUnreachable:
            raise
        except SnapshotError as error:
            return SnapshotLine(version, version_time(version), live, problem=str(error))
