"""BLAKE2b-256 checksums of files, computed in threads since hashing releases the interpreter lock."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

from adapters.snapshots.manifest import FileEntry

_BLOCK = 1 << 20


class FileIdentity(NamedTuple):
    """One state of a file.

    A write to the file, or another file at its path, has another identity.

    Attributes:
        device: number of its file system.
        inode: its number there.
        size: in bytes.
        modified_ns: time of the latest write in ns.
        changed_ns: time of the latest change in ns. No program can set it.
    """

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, file: BinaryIO) -> Self:
        """The identity of an open file."""
        found = os.fstat(file.fileno())
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def open_regular(path: Path) -> BinaryIO:
    """Opens a regular file for reading.

    Raises:
        OSError: unreadable file, symbolic link, folder or pipe.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return os.fdopen(descriptor, "rb")


def regular_identity(path: Path) -> FileIdentity:
    """Returns the identity of the regular file at `path`.

    Raises:
        OSError: see `open_regular`.
    """
    with open_regular(path) as file:
        return FileIdentity.of(file)


def file_entry(path: Path) -> FileEntry:
    """Returns size and checksum of the regular file at `path`.

    Raises:
        OSError: see `open_regular`.
    """
    return identified_entry(path)[0]


def identified_entry(path: Path) -> tuple[FileEntry, FileIdentity]:
    """Returns size, checksum and identity of the regular file at `path`.

    The identity is that before it was read.

    Raises:
        OSError: see `open_regular`.
    """
    with open_regular(path) as file:
        identity = FileIdentity.of(file)
        digest = hashlib.blake2b(digest_size=32)
        size = 0
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return FileEntry(size, digest.hexdigest()), identity


def file_entries(paths: Iterable[Path]) -> dict[str, FileEntry]:
    """Returns an entry per file name, for files of one directory."""
    paths = sorted(paths)
    with ThreadPoolExecutor(max_workers=2) as pool:
        return dict(zip((path.name for path in paths), pool.map(file_entry, paths), strict=True))
