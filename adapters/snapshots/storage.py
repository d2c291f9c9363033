"""The port to published snapshots, wherever they are stored."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from adapters.snapshots.checksums import FileIdentity
from adapters.snapshots.manifest import Manifest
from adapters.snapshots.signing import SigningKey


@dataclass(frozen=True, slots=True)
class LocalSnapshot:
    """The files of a version in a local folder.

    Attributes:
        directory: the folder.
        checked: files whose checksums this process compared with the signed manifest while it fetched them, by name.
    """

    directory: Path
    checked: Mapping[str, FileIdentity] = field(default_factory=dict)


class SnapshotStorage(Protocol):
    """Published snapshots and the name of the live one.

    A version becomes visible as a whole, and is never changed. Every method may raise SnapshotUnreachable if the
    storage is not on this machine.
    """

    @property
    def location(self) -> str:
        """Place of the snapshots, for messages."""
        ...

    def versions(self) -> list[str]:
        """Returns the published versions, oldest first.

        Raises:
            SnapshotRejected: unreadable storage.
        """
        ...

    def current(self) -> str:
        """Returns the live version.

        Raises:
            SnapshotNotFound: no published snapshot.
            SnapshotRejected: unreadable `CURRENT`, or no version name in it.
        """
        ...

    def manifest(self, version: str, keys: Sequence[SigningKey]) -> Manifest:
        """Returns the manifest of `version` after checking its signature.

        Raises:
            SnapshotNotFound: there is no such version.
            SnapshotRejected: invalid name, manifest or signature, or another format.
        """
        ...

    def verify(self, version: str, keys: Sequence[SigningKey]) -> Manifest:
        """Compares every stored byte of `version` with its signed manifest.

        Raises:
            SnapshotNotFound: see `manifest`.
            SnapshotRejected: see `manifest`, or a missing or altered file, which the message names.
        """
        ...

    def local(self, version: str, keys: Sequence[SigningKey]) -> LocalSnapshot:
        """Returns a local folder with the files of `version`.

        `open_snapshot` verifies what was not checked on the way.

        Raises:
            SnapshotNotFound: see `manifest`.
            SnapshotRejected: see `verify`.
            SnapshotNotWritable: the local disk is full.
        """
        ...

    def beside(
        self, version: str, keys: Sequence[SigningKey], max_seconds: float
    ) -> AbstractContextManager[LocalSnapshot]:
        """Yields a local folder with a version that is opened beside the served one.

        The files of the served version stay. Those of `version` may be deleted after the block. What is mapped by then
        stays readable.

        Args:
            version: to open.
            keys: accepted signing keys.
            max_seconds: time after which a fetch ends.

        Raises:
            SnapshotNotFound: see `manifest`.
            SnapshotRejected: see `verify`.
            SnapshotNotWritable: the local disk has no room for it.
            SnapshotUnreachable: the fetch takes too long, too.
        """
        ...

    def stop(self) -> None:
        """Ends a call of `local` or `beside` in another thread, with SnapshotUnreachable."""
        ...

    def locked(self, *, wait: bool = True) -> AbstractContextManager[None]:
        """Excludes other writers. A writer that was killed excludes them no longer.

        Args:
            wait: whether to wait for another writer, for a limited time.

        Raises:
            SnapshotLocked: another writer is at work.
            SnapshotNotWritable: the storage cannot be written.
        """
        ...

    def building(self) -> AbstractContextManager[Path]:
        """Creates a local folder for a build and removes it afterwards.

        Removes what killed builds left behind. The caller must hold the lock.
        """
        ...

    def publish(self, building: Path, version: str) -> None:
        """Makes a verified build the live version.

        Readers see either the old or the new version. The caller must hold the lock.

        Raises:
            SnapshotNotWritable: the storage cannot be written, or the lock was lost.
        """
        ...

    def point_to(self, version: str) -> None:
        """Makes a published version the live one. The caller must hold the lock.

        Raises:
            SnapshotNotFound: version not published, or pruned.
            SnapshotNotWritable: see `publish`.
        """
        ...

    def prune(
        self, keep: int, minimum_age: timedelta, now: datetime, passing: Collection[str] = ()
    ) -> list[str]:
        """Deletes old versions and returns their names.

        The live version and the `keep` newest stay. Versions that are `passing` neither count nor stay. See `delete` on
        `minimum_age`.
        """
        ...

    def delete(self, versions: Iterable[str], minimum_age: timedelta, now: datetime) -> list[str]:
        """Deletes those of `versions` that are old, and returns their names.

        The live version stays. So does any version that was live less than `minimum_age` ago, since a reader may still
        use it. The caller must hold the lock.
        """
        ...

    def read_builds(self) -> bytes | None:
        """Returns the record of builds, or None if there is none."""
        ...

    def change_builds(self, change: Callable[[bytes | None], bytes]) -> None:
        """Replaces the record of builds by the result of `change`.

        Loses no concurrent change.

        Raises:
            SnapshotNotWritable: the storage cannot be written.
        """
        ...
