"""Fetches a snapshot from a bucket into a local folder.

<root>/<version>/             fetched snapshot
<root>/.fetching-<version>/   fetch in progress, or leftover of one that was interrupted, which the next one continues

Only files whose checksum differs from those of a snapshot on the disk are read. Every file is compared with its
checksum in the signed manifest, while it arrives or when it is found on the disk. Its identity says whether it is still
the same when the snapshot is opened.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePath

import structlog

from adapters.snapshots.checksums import FileIdentity, identified_entry, regular_identity
from adapters.snapshots.errors import SnapshotNotWritable, SnapshotRejected, SnapshotUnreachable
from adapters.snapshots.manifest import FileEntry, Manifest
from adapters.snapshots.remote.bucket import Bucket
from adapters.snapshots.storage import LocalSnapshot
from adapters.snapshots.versions import is_version
from adapters.snapshots.volume import writing

_FETCHING = ".fetching-"
_BLOCK = 8 << 20
_FILES_AT_ONCE = 4
_APPENDING = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Fetch:
    """Fetch of one version.

    Attributes:
        bucket: source.
        root: local folder, used by one process at a time.
        manifest: with a verified signature.
        documents: contents of manifest and signature, by name.
        stopped: ends the fetch when it returns true.
        max_bytes: maximum size of `root` and the `others`. 0: no limit.
        others: folders of other versions, which stay. Their files may be the same.
    """

    bucket: Bucket
    root: Path
    manifest: Manifest
    documents: dict[str, bytes]
    stopped: Callable[[], bool]
    max_bytes: int = 0
    others: Sequence[Path] = ()

    def run(self, used: str | None) -> LocalSnapshot:
        """Returns the folder with the files, all of them checked.

        Deletes other versions except the one that is `used`.

        Raises:
            SnapshotRejected: a missing or altered object, or a snapshot above `max_bytes`.
            SnapshotUnreachable: the storage does not answer. The next call continues.
            SnapshotNotWritable: full or read-only disk.
        """
        target, partial = self._target, self._partial
        with writing(partial):
            if target.exists():  # of an earlier process: only what was damaged is fetched
                shutil.rmtree(partial, ignore_errors=True)
                target.rename(partial)
            partial.mkdir(parents=True, exist_ok=True)
            kept = [*self._delete_others(used), *self.others]
        self._check_space(kept)
        _check_sizes(self.bucket, self.manifest)
        files = self.manifest.files
        with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
            found = dict(
                zip(files, pool.map(lambda name: self._file(name, files[name], kept), files), strict=True)
            )
        fetched = sum(fetched for fetched, _ in found.values())
        with writing(target):
            for name, content in self.documents.items():
                (partial / name).unlink(missing_ok=True)
                (partial / name).write_bytes(content)
            partial.rename(target)
        structlog.get_logger("adapters.snapshots").info(
            "snapshot fetched", version=self.manifest.version, fetched_bytes=fetched, bytes=self._size
        )
        return LocalSnapshot(target, {name: identity for name, (_, identity) in found.items()})

    @property
    def _target(self) -> Path:
        return self.root / self.manifest.version

    @property
    def _partial(self) -> Path:
        return self.root / f"{_FETCHING}{self.manifest.version}"

    @property
    def _size(self) -> int:
        return sum(entry.size for entry in self.manifest.files.values())

    def _delete_others(self, used: str | None) -> list[Path]:
        """Deletes versions and partial fetches except this and the `used` one.

        Returns the version that stays. If none is known to be used, the newest stays, since its files may be the same.
        """
        versions = sorted(path for path in self.root.iterdir() if is_version(path.name))
        staying = self.root / (used or (versions[-1].name if versions else ""))
        for path in self.root.glob(f"{_FETCHING}*"):
            if path != self._partial:
                shutil.rmtree(path, ignore_errors=True)
        for path in versions:
            if path != staying:
                shutil.rmtree(path, ignore_errors=True)
        return [staying] if staying in versions else []

    def _check_space(self, kept: Collection[Path]) -> None:
        there = sum(path.stat().st_size for folder in kept for path in folder.iterdir())
        if self.max_bytes and self._size + there > self.max_bytes:
            raise SnapshotNotWritable(
                f"{self.root} cannot hold snapshot {self.manifest.version}: {self._size:,} bytes beside {there:,} of"
                f" those in use, but the limit is {self.max_bytes:,}"
            )

    def _file(self, name: str, entry: FileEntry, kept: Collection[Path]) -> tuple[int, FileIdentity]:
        """Puts a file into the partial fetch.

        Returns the number of bytes that were read from the bucket, and the checked file's identity.
        """
        path = self._partial / name
        with writing(path):
            if (identity := _holding(path, entry)) is not None:
                return 0, identity
            if path.is_symlink() or (path.exists() and path.stat().st_nlink > 1):
                path.unlink()
            if not path.exists():
                for folder in kept:
                    if _size(folder / name) != entry.size:
                        continue
                    # Checked after it was linked, so that the identity is that of the link.
                    _link(folder / name, path)
                    if (identity := _holding(path, entry)) is not None:
                        return 0, identity
                    path.unlink()
            return self._download(name, entry)

    def _download(self, name: str, entry: FileEntry) -> tuple[int, FileIdentity]:
        path = self._partial / name
        resumed = path.exists()
        fetched, checksum, identity = self._append(name, entry, path)
        if checksum != entry.checksum and resumed:
            path.unlink()
            fetched, checksum, identity = self._append(name, entry, path)
        if checksum != entry.checksum:
            path.unlink()
            raise SnapshotRejected(
                f"{self.bucket.url}/{self.manifest.version}/{name} was altered: its checksum differs from the manifest"
            )
        return fetched, identity

    def _append(self, name: str, entry: FileEntry, path: Path) -> tuple[int, str, FileIdentity]:
        """Reads the missing end of a file.

        Returns the number of bytes read, the checksum of all and the file's identity.
        """
        digest, fetched = hashlib.blake2b(digest_size=32), 0
        with os.fdopen(os.open(path, _APPENDING, 0o644), "a+b") as file:
            file.seek(0)
            while block := file.read(_BLOCK):
                digest.update(block)
            while (place := file.tell()) < entry.size:
                if self.stopped():
                    raise SnapshotUnreachable(f"the fetch of {self.manifest.version} was stopped")
                end = min(place + _BLOCK, entry.size)
                block = self.bucket.read_range(f"{self.manifest.version}/{name}", place, end)
                if not block:
                    break
                file.write(block)
                digest.update(block)
                fetched += len(block)
            file.flush()
            return fetched, digest.hexdigest(), FileIdentity.of(file)


def _check_sizes(bucket: Bucket, manifest: Manifest) -> None:
    """Compares the sizes of a version's objects with its manifest.

    Raises:
        SnapshotRejected: a missing object, or one of another size.
    """
    folder = f"{bucket.url}/{manifest.version}"
    sizes = {PurePath(found.name).name: found.size for found in bucket.list(manifest.version)}
    for name, entry in manifest.files.items():
        if name not in sizes:
            raise SnapshotRejected(f"{folder}/{name} is missing")
        if sizes[name] != entry.size:
            raise SnapshotRejected(
                f"{folder}/{name} has {sizes[name]} bytes, but its manifest says {entry.size}"
            )


def check_objects(bucket: Bucket, manifest: Manifest) -> None:
    """Compares every object of a version with its manifest, without the disk.

    Raises:
        SnapshotRejected: a missing or altered object.
    """
    _check_sizes(bucket, manifest)

    def check(name: str) -> None:
        entry, place, digest = manifest.files[name], 0, hashlib.blake2b(digest_size=32)
        while place < entry.size:
            block = bucket.read_range(f"{manifest.version}/{name}", place, min(place + _BLOCK, entry.size))
            if not block:
                break
            digest.update(block)
            place += len(block)
        if digest.hexdigest() != entry.checksum:
            raise SnapshotRejected(
                f"{bucket.url}/{manifest.version}/{name} was altered: its checksum differs from the manifest"
            )

    with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
        list(pool.map(check, manifest.files))


def _size(path: Path) -> int | None:
    try:
        return regular_identity(path).size
    except OSError:
        return None


def _holding(path: Path, entry: FileEntry) -> FileIdentity | None:
    """The identity of a file with these bytes, None for any other."""
    if _size(path) != entry.size:
        return None
    found, identity = identified_entry(path)
    return identity if found == entry else None


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)
