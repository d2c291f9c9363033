"""The shared volume with all published snapshots.

<root>/<version>/     published snapshot, never modified
<root>/.building-*/   build in progress, or leftover of a killed build
<root>/CURRENT        name of the live version
<root>/builds.json    outcomes of builds
<root>/.lock          lock of the process that builds, rolls back or prunes
"""

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from adapters.snapshots.checksums import open_regular
from adapters.snapshots.errors import (
    SnapshotError,
    SnapshotLocked,
    SnapshotNotFound,
    SnapshotNotWritable,
    SnapshotRejected,
)
from adapters.snapshots.manifest import Manifest
from adapters.snapshots.signing import SigningKey
from adapters.snapshots.storage import LocalSnapshot
from adapters.snapshots.verification import read_manifest, verify_snapshot
from adapters.snapshots.versions import checked_version, is_version, prunable, read_pointer

CURRENT = "CURRENT"
BUILDS = "builds.json"
MAX_BUILDS_BYTES = 64 * 1024
_BUILDS_LOCK = ".builds.lock"
_LOCK = ".lock"
_BUILDING = ".building-"
_LOCK_POLL_SECONDS = 0.5
_MAX_NAME_BYTES = 100


@dataclass(frozen=True, slots=True)
class SnapshotVolume:
    """A directory of snapshots.

    Attributes:
        root: directory of the volume, created by writers.
        patience_seconds: time for which a writer waits for another writer.
    """

    root: Path
    patience_seconds: float = 0.0

    def directory(self, version: str) -> Path:
        """Returns the directory of `version`.

        Raises:
            SnapshotRejected: invalid version name.
        """
        return self.root / checked_version(version)

    @property
    def location(self) -> str:
        """The folder."""
        return str(self.root)

    def manifest(self, version: str, keys: Sequence[SigningKey]) -> Manifest:
        """See the port."""
        return read_manifest(self.directory(version), keys)

    def verify(self, version: str, keys: Sequence[SigningKey]) -> Manifest:
        """See the port."""
        return verify_snapshot(self.directory(version), keys)

    def local(self, version: str, keys: Sequence[SigningKey]) -> LocalSnapshot:
        """The directory of `version`, which the volume makes a local one."""
        del keys
        return LocalSnapshot(self.directory(version))

    @contextmanager
    def beside(self, version: str, keys: Sequence[SigningKey], max_seconds: float) -> Iterator[LocalSnapshot]:
        """The directory of `version`, which stays."""
        del max_seconds
        yield self.local(version, keys)

    def stop(self) -> None:
        """Does nothing, because `local` takes no time."""

    def versions(self) -> list[str]:
        """Returns the published versions, oldest first."""
        try:
            names = [path.name for path in self.root.iterdir() if path.is_dir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise SnapshotRejected(f"{self.root} cannot be read: {error.strerror}") from error
        return sorted(filter(is_version, names))

    def current(self) -> str:
        """Returns the live version.

        Raises:
            SnapshotNotFound: no published snapshot.
            SnapshotRejected: unreadable `CURRENT`, or no version name in it.
        """
        try:
            with open_regular(self.root / CURRENT) as file:
                content = file.read(_MAX_NAME_BYTES)
        except FileNotFoundError:
            raise SnapshotNotFound(f"no snapshot is published in {self.root} yet") from None
        except OSError as error:
            raise SnapshotRejected(f"{self.root / CURRENT} cannot be read: {error.strerror}") from error
        return read_pointer(content)

    @contextmanager
    def locked(self, *, wait: bool = True) -> Iterator[None]:
        """Locks the volume for writing. The lock ends with its process.

        Args:
            wait: whether to wait for another writer, for `patience_seconds`.

        Raises:
            SnapshotLocked: another writer holds the lock for too long.
            SnapshotNotWritable: the volume cannot be written.
        """
        with writing(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            _lock(descriptor, self.root, self.patience_seconds if wait else 0.0)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def building(self) -> Iterator[Path]:
        """Creates a directory for a build and removes it afterwards, unless it was published.

        Leftovers of killed builds are removed first. The caller must hold the lock.
        """
        for leftover in self.root.glob(f"{_BUILDING}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        directory = self.root / f"{_BUILDING}{os.getpid()}"
        with writing(directory):
            directory.mkdir()
        try:
            yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def publish(self, building: Path, version: str) -> None:
        """Makes a verified build the live version.

        Readers see either the old or the new version.
        """
        target = self.directory(version)
        with writing(target):
            for path in building.iterdir():
                _sync(path)
            _sync(building)
            building.rename(target)
            _sync(self.root)
        self.point_to(version)

    def point_to(self, version: str) -> None:
        """Makes a published version the live one.

        Raises:
            SnapshotNotFound: version not published, or pruned.
        """
        if not self.directory(version).is_dir():
            known = ", ".join(self.versions()) or "none"
            raise SnapshotNotFound(f"there is no snapshot {version} in {self.root}. Published: {known}")
        temporary = self.root / f".{CURRENT}.new"
        self._retire()
        with writing(temporary):
            temporary.write_text(f"{version}\n")
            _sync(temporary)
            temporary.replace(self.root / CURRENT)
            _sync(self.root)

    def _retire(self) -> None:
        """Marks when the live version stops being live, as its modification time for `prune`."""
        with suppress(SnapshotError, OSError):
            os.utime(self.directory(self.current()))

    def prune(
        self, keep: int, minimum_age: timedelta, now: datetime, passing: Collection[str] = ()
    ) -> list[str]:
        """Deletes old versions and returns their names.

        The live version and the `keep` newest stay. Versions that are `passing` neither count nor stay. See `delete` on
        `minimum_age`.
        """
        return self.delete(prunable(self.versions(), keep, passing), minimum_age, now)

    def delete(self, versions: Iterable[str], minimum_age: timedelta, now: datetime) -> list[str]:
        """Deletes those of `versions` that are old, and returns their names.

        The live version stays. So does any version that was live less than `minimum_age` ago, since a reader may still
        have it mapped.
        """
        if not self.versions():
            return []
        live = self.current()
        pruned = []
        for version in versions:
            directory = self.directory(version)
            age = now.timestamp() - directory.stat().st_mtime
            if version != live and age >= minimum_age.total_seconds():
                # Renamed first, so that a partly deleted directory is never taken for a snapshot.
                removed = self.root / f"{_BUILDING}pruned-{version}"
                with writing(directory):
                    directory.rename(removed)
                shutil.rmtree(removed, ignore_errors=True)
                pruned.append(version)
        return pruned

    def read_builds(self) -> bytes | None:
        """See the port."""
        try:
            with open_regular(self.root / BUILDS) as file:
                return file.read(MAX_BUILDS_BYTES)
        except OSError:
            return None

    def change_builds(self, change: Callable[[bytes | None], bytes]) -> None:
        """See the port."""
        with writing(self.root / BUILDS):
            self.root.mkdir(parents=True, exist_ok=True)
            with (self.root / _BUILDS_LOCK).open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                temporary = self.root / f".{BUILDS}.new"
                temporary.write_bytes(change(self.read_builds()))
                temporary.replace(self.root / BUILDS)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Translates errors of writing to `path` into SnapshotNotWritable."""
    try:
        yield
    except OSError as error:
        reason = {
            errno.ENOSPC: "the disk is full",
            errno.EDQUOT: "the disk quota is used up",
            errno.EFBIG: "the file is larger than this process may write",
            errno.EROFS: "the volume is read-only",
            errno.EACCES: "permission denied",
        }.get(error.errno or 0, error.strerror or str(error))
        raise SnapshotNotWritable(f"{path} cannot be written: {reason}") from error


def _lock(descriptor: int, root: Path, patience_seconds: float) -> None:
    deadline = time.monotonic() + patience_seconds
    waiting = False
    while not _try_lock(descriptor, root):
        if time.monotonic() >= deadline:
            raise SnapshotLocked(f"another indexer is writing to {root}: wait until it ends, or stop it")
        if not waiting:
            waiting = True
            structlog.get_logger("adapters.snapshots").info(
                "waiting for another indexer to end", root=str(root), at_most_seconds=patience_seconds
            )
        time.sleep(_LOCK_POLL_SECONDS)


def _try_lock(descriptor: int, root: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise SnapshotNotWritable(f"{root} cannot be locked: {error.strerror}") from error
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
