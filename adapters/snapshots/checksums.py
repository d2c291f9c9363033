"""BLAKE2b-256 checksums of files, computed in threads since hashing releases the interpreter lock."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from adapters.snapshots.manifest import FileEntry

_BLOCK = 1 << 20


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


def regular_size(path: Path) -> int:
    """Returns the size in bytes of the regular file at `path`.

    Raises:
        OSError: see `open_regular`.
    """
    with open_regular(path) as file:
        return os.fstat(file.fileno()).st_size


def file_entry(path: Path) -> FileEntry:
    """Returns size and checksum of the regular file at `path`.

    Raises:
        OSError: see `open_regular`.
    """
    with open_regular(path) as file:
        digest = hashlib.blake2b(digest_size=32)
        size = 0
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return FileEntry(size, digest.hexdigest())


def file_entries(paths: Iterable[Path]) -> dict[str, FileEntry]:
    """Returns an entry per file name, for files of one directory."""
    paths = sorted(paths)
    with ThreadPoolExecutor(max_workers=2) as pool:
        return dict(zip((path.name for path in paths), pool.map(file_entry, paths), strict=True))
