"""Fetches a snapshot from a bucket into a local folder.

<root>/<version>/             fetched snapshot
<root>/.fetching-<version>/   fetch in progress, or leftover of one that was interrupted, which the next one continues

Only files whose checksum differs from those of a snapshot on the disk are read. Every file is compared with its
checksum in the signed manifest, while it arrives.
"""

import hashlib
import os
import shutil
import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePath

import structlog

from adapters.snapshots.bucket import Bucket
from adapters.snapshots.checksums import file_entry
from adapters.snapshots.errors import SnapshotNotWritable, SnapshotRejected, SnapshotUnreachable
from adapters.snapshots.manifest import FileEntry, Manifest
from adapters.snapshots.versions import is_version
from adapters.snapshots.volume import writing

_FETCHING = ".fetching-"
_PART = ".part"
_BLOCK = 8 << 20
_FILES_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Fetch:
    """Fetch of one version.

    Attributes:
        bucket: source.
        root: local folder, used by one process at a time.
        manifest: with a verified signature.
        documents: contents of manifest and signature, by name.
        stopped: ends the fetch when it is set.
        max_bytes: maximum size of `root`. 0: no limit.
    """

    bucket: Bucket
    root: Path
    manifest: Manifest
    documents: dict[str, bytes]
    stopped: threading.Event
    max_bytes: int = 0

    def run(self, used: str | None) -> Path:
        """Returns the folder with the files.

        Deletes other versions except the one that is `used`.

        Raises:
            SnapshotRejected: a missing or altered object, or a snapshot above `max_bytes`.
            SnapshotUnreachable: the storage does not answer. The next call continues.
            SnapshotNotWritable: full or read-only disk.
        """
        target, partial = self._target, self._partial
        with writing(partial):
            partial.mkdir(parents=True, exist_ok=True)
            kept = self._delete_others(used)
        self._check_space(kept)
        check_sizes(self.bucket, self.manifest)
        files = self.manifest.files
        with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
            fetched = sum(pool.map(lambda name: self._file(name, files[name], kept), files))
        with writing(target):
            for name, content in self.documents.items():
                (partial / name).write_bytes(content)
            if target.exists():
                shutil.rmtree(target)
            partial.rename(target)
        structlog.get_logger("adapters.snapshots").info(
            "snapshot fetched", version=self.manifest.version, fetched_bytes=fetched, bytes=self._size
        )
        return target

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

        Returns the versions that stay. If none is known to be used, the newest stays, since its files may be the same.
        """
        versions = sorted(path for path in self.root.iterdir() if is_version(path.name))
        others = [path.name for path in versions if path != self._target]
        staying = {used or next(reversed(others), ""), self.manifest.version}
        for path in self.root.glob(f"{_FETCHING}*"):
            if path != self._partial:
                shutil.rmtree(path, ignore_errors=True)
        for path in versions:
            if path.name not in staying:
                shutil.rmtree(path, ignore_errors=True)
        return [path for path in versions if path.name in staying]

    def _check_space(self, kept: Collection[Path]) -> None:
        there = sum(
            path.stat().st_size for folder in kept if folder != self._target for path in folder.iterdir()
        )
        if self.max_bytes and self._size + there > self.max_bytes:
            raise SnapshotNotWritable(
                f"{self.root} cannot hold snapshot {self.manifest.version}: {self._size:,} bytes beside {there:,} of"
                f" the one in use, but the limit is {self.max_bytes:,}"
            )

    def _file(self, name: str, entry: FileEntry, kept: Collection[Path]) -> int:
        """Puts a file into the partial fetch.

        Returns the number of bytes that were read from the bucket.
        """
        path = self._partial / name
        with writing(path):
            if _holds(path, entry):
                return 0
            path.unlink(missing_ok=True)
            for folder in kept:
                if _holds(folder / name, entry):
                    _link(folder / name, path)
                    return 0
        return self._download(name, entry)

    def _download(self, name: str, entry: FileEntry) -> int:
        part = self._partial / f"{name}{_PART}"
        with writing(part):
            resumed = part.exists()
            fetched, checksum = self._append(name, entry, part)
            if checksum != entry.checksum and resumed:
                part.unlink()
                fetched, checksum = self._append(name, entry, part)
            if checksum != entry.checksum:
                part.unlink()
                raise SnapshotRejected(
                    f"{self.bucket.url}/{self.manifest.version}/{name} was altered: its checksum differs from the"
                    " manifest"
                )
            part.rename(self._partial / name)
        return fetched

    def _append(self, name: str, entry: FileEntry, part: Path) -> tuple[int, str]:
        """Reads the missing end of `part`.

        Returns the number of bytes read, and the checksum of all.
        """
        digest, fetched = hashlib.blake2b(digest_size=32), 0
        with part.open("a+b") as file:
            file.seek(0)
            while block := file.read(_BLOCK):
                digest.update(block)
            while (place := file.tell()) < entry.size:
                if self.stopped.is_set():
                    raise SnapshotUnreachable(f"the fetch of {self.manifest.version} was stopped")
                end = min(place + _BLOCK, entry.size)
                block = self.bucket.read_range(f"{self.manifest.version}/{name}", place, end)
                if not block:
                    break
                file.write(block)
                digest.update(block)
                fetched += len(block)
        return fetched, digest.hexdigest()


def check_sizes(bucket: Bucket, manifest: Manifest) -> None:
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
    check_sizes(bucket, manifest)

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


def _holds(path: Path, entry: FileEntry) -> bool:
    try:
        return path.lstat().st_size == entry.size and file_entry(path) == entry
    except OSError:
        return False


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)
