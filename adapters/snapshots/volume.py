"""The shared volume with all published snapshots.

<root>/<version>/     published snapshot, never modified
<root>/.building-*/   build in progress, or leftover of a killed build
<root>/CURRENT        name of the live version
<root>/builds.json    outcomes of builds
<root>/.lock          lock of the process that builds, rolls back or prunes
"""

import errno
import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Collection, Iterable, Iterator
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

CURRENT = "CURRENT"
_LOCK = ".lock"
_BUILDING = ".building-"
_LOCK_POLL_SECONDS = 0.5
_MAX_NAME_BYTES = 100
_VERSION = re.compile(r"\d{8}T\d{9}Z-[0-9a-f]{8}")


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
        if not _VERSION.fullmatch(version):
            raise SnapshotRejected(
                f"{version!r} is not a snapshot version (such as 20260131T093000000Z-0f1e2d3c)"
            )
        return self.root / version

    def versions(self) -> list[str]:
        """Returns the published versions, oldest first."""
        try:
            names = [path.name for path in self.root.iterdir() if path.is_dir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise SnapshotRejected(f"{self.root} cannot be read: {error.strerror}") from error
        return sorted(filter(_VERSION.fullmatch, names))

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
        version = content.decode(errors="replace").strip()
        self.directory(version)
        return version

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Locks the volume for writing. The lock ends with its process.

        Raises:
            SnapshotNotWritable: lock held by another writer for too long, or volume not writable.
        """
        with writing(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            _lock(descriptor, self.root, self.patience_seconds)
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
        lasting = [version for version in self.versions() if version not in passing]
        return self.delete([*lasting[: -keep or None], *passing], minimum_age, now)

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


def new_version(created: datetime, content: str) -> str:
    """Returns a version name from time (in milliseconds) and checksum of `content`."""
    digest = hashlib.blake2b(content.encode(), digest_size=4).hexdigest()
    return f"{created:%Y%m%dT%H%M%S}{created.microsecond // 1000:03}Z-{digest}"


def version_time(version: str) -> datetime:
    """Returns the time in a version name."""
    return datetime.strptime(version.partition("Z")[0] + "+0000", "%Y%m%dT%H%M%S%f%z")


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
