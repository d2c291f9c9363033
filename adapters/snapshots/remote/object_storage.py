"""Published snapshots in object storage, which readers fetch into a local folder.

<url>/<version>/…             files of a version. The signature is written last, and a version without it does not exist
<url>/<version>/retired       written when the version is no longer the live one
<url>/CURRENT                 name of the live version, replaced by a conditional write
<url>/builds.json             outcomes of builds
<url>/.lock                   lock of the process that builds, rolls back or prunes
"""

import fcntl
import os
import random
import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePath

from adapters.snapshots.errors import SnapshotLocked, SnapshotNotFound, SnapshotNotWritable, SnapshotRejected
from adapters.snapshots.layout import MANIFEST, SIGNATURE
from adapters.snapshots.manifest import Manifest
from adapters.snapshots.remote.bucket import Bucket, StoredObject
from adapters.snapshots.remote.fetching import Fetch, check_objects
from adapters.snapshots.remote.lease import Lease, leased
from adapters.snapshots.signing import SigningKey
from adapters.snapshots.storage import LocalSnapshot
from adapters.snapshots.verification import MAX_MANIFEST_BYTES, checked_manifest
from adapters.snapshots.versions import checked_version, is_version, prunable, read_pointer
from adapters.snapshots.volume import BUILDS, CURRENT, MAX_BUILDS_BYTES, writing

_RETIRED = "retired"
_BUILDING = ".building-"
_BESIDE = ".beside"
_FETCH_LOCK = ".fetch.lock"
_MAX_POINTER_BYTES = 1_000
_ATTEMPTS = 50


@dataclass(slots=True)
class ObjectStorage:
    """Snapshots in a bucket.

    Attributes:
        bucket: bucket and prefix.
        root: local folder for builds and fetched snapshots.
        patience_seconds: time for which a writer waits for another writer.
        max_local_bytes: maximum size of `root`. 0: no limit.
        lease_seconds: time after which the lock of a killed writer ends.
        abandoned_after: age at which the files of an interrupted upload are deleted.
    """

    bucket: Bucket
    root: Path
    patience_seconds: float = 0.0
    max_local_bytes: int = 0
    lease_seconds: float = 300.0
    abandoned_after: timedelta = timedelta(hours=1)
    _lease: Lease | None = None
    _used: str | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def location(self) -> str:
        """The URL."""
        return self.bucket.url

    def versions(self) -> list[str]:
        """See the port."""
        return sorted(_published(self.bucket.list()))

    def current(self) -> str:
        """See the port."""
        found = self.bucket.read(CURRENT, _MAX_POINTER_BYTES)
        if found is None:
            raise SnapshotNotFound(f"no snapshot is published in {self.location} yet")
        return read_pointer(found[0])

    def manifest(self, version: str, keys: Sequence[SigningKey]) -> Manifest:
        """See the port."""
        return self._manifest(version, keys)[0]

    def verify(self, version: str, keys: Sequence[SigningKey]) -> Manifest:
        """See the port."""
        manifest = self.manifest(version, keys)
        check_objects(self.bucket, manifest)
        return manifest

    def local(self, version: str, keys: Sequence[SigningKey]) -> LocalSnapshot:
        """Fetches the files of `version`. See the port.

        Deletes other versions from the disk, except the one fetched before.
        """
        manifest, documents = self._manifest(version, keys)
        fetch = Fetch(self.bucket, self.root, manifest, documents, self._stopped.is_set, self.max_local_bytes)
        with self._local_lock():
            shutil.rmtree(self.root / _BESIDE, ignore_errors=True)  # of a process that was killed
            fetched = fetch.run(self._used)
        self._used = version
        return fetched

    @contextmanager
    def beside(self, version: str, keys: Sequence[SigningKey], max_seconds: float) -> Iterator[LocalSnapshot]:
        """Fetches the files of `version` into a folder of their own. See the port.

        What earlier fetches left is used, so that the live version and the one before it need no fetch.
        """
        until = time.monotonic() + max_seconds
        manifest, documents = self._manifest(version, keys)
        with self._local_lock():
            others = [path for path in self.root.iterdir() if is_version(path.name)]
            if self.root / version in others:
                yield LocalSnapshot(self.root / version)
                return
            folder = self.root / _BESIDE
            shutil.rmtree(folder, ignore_errors=True)
            fetch = Fetch(
                self.bucket,
                folder,
                manifest,
                documents,
                lambda: self._stopped.is_set() or time.monotonic() > until,
                self.max_local_bytes,
                others,
            )
            try:
                yield fetch.run(None)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def stop(self) -> None:
        """See the port."""
        self._stopped.set()

    @contextmanager
    def locked(self, *, wait: bool = True) -> Iterator[None]:
        """See the port."""
        with leased(self.bucket, self.patience_seconds if wait else 0.0, self.lease_seconds) as lease:
            self._lease = lease
            try:
                yield
            finally:
                self._lease = None

    @contextmanager
    def building(self) -> Iterator[Path]:
        """See the port."""
        self._delete_abandoned()
        directory = self.root / f"{_BUILDING}{os.getpid()}"
        with writing(directory):
            for leftover in self.root.glob(f"{_BUILDING}*"):
                shutil.rmtree(leftover, ignore_errors=True)
            directory.mkdir(parents=True)
        try:
            yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def publish(self, building: Path, version: str) -> None:
        """Uploads the files, then the manifest, its signature, and the pointer. See the port."""
        checked_version(version)
        self._held().check()
        last = (MANIFEST, SIGNATURE)
        names = [path.name for path in building.iterdir() if path.name not in last]
        for name in (*sorted(names), *last):
            self.bucket.write(f"{version}/{name}", building / name)
        self.point_to(version)

    def point_to(self, version: str) -> None:
        """See the port."""
        if checked_version(version) not in self.versions():
            known = ", ".join(self.versions()) or "none"
            raise SnapshotNotFound(f"there is no snapshot {version} in {self.location}. Published: {known}")
        live, found = None, self.bucket.read(CURRENT, _MAX_POINTER_BYTES)
        if found is not None:
            with suppress(SnapshotRejected):  # A damaged pointer is replaced, too.
                live = read_pointer(found[0])
        self._held().check()
        if live is not None and live != version:
            self.bucket.write(f"{live}/{_RETIRED}", b"")
        if (
            not self.bucket.write_if(CURRENT, f"{version}\n".encode(), found and found[1])
            and self.current() != version
        ):
            raise SnapshotLocked(f"{self.location}/{CURRENT} was changed by another indexer")

    def prune(
        self, keep: int, minimum_age: timedelta, now: datetime, passing: Collection[str] = ()
    ) -> list[str]:
        """See the port."""
        return self.delete(prunable(self.versions(), keep, passing), minimum_age, now)

    def delete(self, versions: Iterable[str], minimum_age: timedelta, now: datetime) -> list[str]:
        """See the port."""
        self._held().check()
        live, objects, deleted = self.current(), self.bucket.list(), []
        for version in versions:
            files = [found for found in objects if found.name.startswith(f"{version}/")]
            age = now - max((found.modified for found in files), default=now)
            if version != live and files and age >= minimum_age:
                self._delete(files)
                deleted.append(version)
        return deleted

    def read_builds(self) -> bytes | None:
        """See the port."""
        found = self.bucket.read(BUILDS, MAX_BUILDS_BYTES)
        return found[0] if found else None

    def change_builds(self, change: Callable[[bytes | None], bytes]) -> None:
        """See the port."""
        written = None
        for _ in range(_ATTEMPTS):
            found = self.bucket.read(BUILDS, MAX_BUILDS_BYTES)
            content, before = found or (None, None)
            if written is not None and content == written:
                return  # the answer to the write was lost
            written = change(content)
            if self.bucket.write_if(BUILDS, written, before):
                return
            time.sleep(random.uniform(0.0, 0.2))  # noqa: S311 - spread, not secrecy
        raise SnapshotNotWritable(f"{self.location}/{BUILDS} is changed by too many indexers")

    def _manifest(self, version: str, keys: Sequence[SigningKey]) -> tuple[Manifest, dict[str, bytes]]:
        """Returns a verified manifest, and the contents of manifest and signature by name."""
        documents = {}
        for name in (MANIFEST, SIGNATURE):
            found = self.bucket.read(f"{checked_version(version)}/{name}", MAX_MANIFEST_BYTES)
            if found is None:
                raise SnapshotNotFound(f"there is no snapshot {self.location}/{version}")
            documents[name] = found[0]
        place = PurePath(version)
        return checked_manifest(documents[MANIFEST], documents[SIGNATURE], keys, place), documents

    def _held(self) -> Lease:
        if self._lease is None:
            raise SnapshotLocked(f"{self.location} is not locked by this process")
        return self._lease

    def _delete_abandoned(self) -> None:
        """Deletes the files of uploads that were interrupted."""
        objects = self.bucket.list()
        published, now = _published(objects), datetime.now(UTC)
        names = {name for found in objects if is_version(name := found.name.partition("/")[0])}
        for version in names - published:
            files = [found for found in objects if found.name.startswith(f"{version}/")]
            if all(now - found.modified >= self.abandoned_after for found in files):
                self._delete(files)

    def _delete(self, files: Iterable[StoredObject]) -> None:
        """Deletes the objects of a version.

        The signature goes first, so that a partly deleted version does not exist.
        """
        names = sorted((found.name for found in files), key=lambda name: not name.endswith(f"/{SIGNATURE}"))
        self.bucket.delete(names)

    @contextmanager
    def _local_lock(self) -> Iterator[None]:
        """Excludes other processes that fetch into the same folder."""
        with writing(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.root / _FETCH_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _published(objects: Iterable[StoredObject]) -> set[str]:
    folders = (
        found.name.removesuffix(f"/{SIGNATURE}") for found in objects if found.name.endswith(f"/{SIGNATURE}")
    )
    return set(filter(is_version, folders))
