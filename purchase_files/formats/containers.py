"""Compressed files, archives and folders: each becomes the plain files that it contains."""

import bz2
import gzip
import lzma
import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from purchase_files.errors import RefusedFile
from purchase_files.formats.copies import new_copy

_DETECTION_BYTES = 512
_ZIP = b"PK\x03\x04"
_COMPRESSIONS: tuple[tuple[bytes, Callable[[Path], Any]], ...] = (
    (b"\x1f\x8b", gzip.GzipFile),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\x00", lzma.LZMAFile),
)
_DAMAGED = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError, RuntimeError)
_MAX_DEPTH = 3
_BLOCK = 1 << 20
_MIN_LIMIT_BYTES, _MAX_RATIO = 1 << 30, 200
_MIN_FREE_BYTES = 64 << 20
_MIN_SHEETS_BYTES, _MAX_SHEETS_RATIO = 256 << 20, 100
_NO_DATA = {"__macosx", "thumbs.db", "desktop.ini"}
"""Names of files and folders that systems add, in lower case."""


@dataclass(frozen=True)
class PlainFile:
    """A file that is neither compressed nor an archive.

    Attributes:
        path: path of the file or of its copy.
        label: name in messages. A member of an archive follows after a colon.
        alone: True if the caller named the file itself, not a folder or archive with it.
    """

    path: Path
    label: str
    alone: bool


@dataclass(frozen=True)
class Input:
    """A file or folder that the caller named, and its name in messages."""

    path: Path
    label: str


class _Budget:
    """Bytes that an archive may unpack to, with the archives in it."""

    def __init__(self, archive: Path, folder: Path, least: int) -> None:
        self._limit = max(least, _MAX_RATIO * archive.stat().st_size)
        self._left = self._limit
        self._folder = folder

    def check(self, size: int, label: str) -> None:
        """Checks that something of a size may be unpacked.

        Raises:
            RefusedFile: an archive that is made to fill disks, or a full disk.
        """
        if size > self._left:
            raise RefusedFile(
                f"{label} unpacks to over {self._limit >> 20:,} MiB. If it is a table, unpack it first"
            )
        if shutil.disk_usage(self._folder).free < size + _MIN_FREE_BYTES:
            raise RefusedFile(
                f"{label} does not fit on the disk of {self._folder.parent}. Free some space, or set TMPDIR"
            )

    def take(self, size: int, label: str) -> None:
        """Takes off a size that is unpacked. See `check`."""
        self.check(size, label)
        self._left -= size


def plain_files(given: Input, folder: Path, least_limit: int = _MIN_LIMIT_BYTES) -> Iterator[PlainFile]:
    """Yields the files in a file or folder. Copies go to `folder`.

    An archive may unpack to `least_limit` bytes, or to 200 times its size.

    Raises:
        RefusedFile: damaged archive.
        OSError: missing or unreadable file.
    """
    path = given.path
    if not path.is_dir():
        yield from _open(
            PlainFile(path, given.label, alone=True), folder, _MAX_DEPTH, _Budget(path, folder, least_limit)
        )
        return
    files = sorted(entry for entry in _files_in(path) if not _is_hidden(entry.name))
    if not files:
        raise RefusedFile(f"{path}: the folder contains no files")
    for entry in files:
        yield from _open(
            PlainFile(entry, str(entry), alone=False), folder, _MAX_DEPTH, _Budget(entry, folder, least_limit)
        )


def _files_in(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise error

    for place, _, names in os.walk(folder, onerror=refuse):
        yield from (entry for name in names if (entry := Path(place, name)).is_file())


def is_spreadsheet(path: Path) -> bool:
    """True for the archives that are spreadsheets: xlsx, xlsb and ods."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return False
    return any(name.startswith("xl/") or name == "content.xml" for name in names)


def check_spreadsheet(path: Path, label: str) -> None:
    """Checks that a spreadsheet fits into memory.

    Raises:
        RefusedFile: it unpacks to far more than sheets do.
    """
    limit = max(_MIN_SHEETS_BYTES, _MAX_SHEETS_RATIO * path.stat().st_size)
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > limit:
        raise RefusedFile(f"{label} unpacks to over {limit >> 20:,} MiB. Export the purchases as CSV")


def _open(file: PlainFile, folder: Path, depth: int, budget: _Budget) -> Iterator[PlainFile]:
    with file.path.open("rb") as stream:
        start = stream.read(_DETECTION_BYTES)
    opener = next((opener for magic, opener in _COMPRESSIONS if start.startswith(magic)), None)
    is_archive = start.startswith(_ZIP) and not is_spreadsheet(file.path)
    is_tar = start[257:262] == b"ustar"
    if not (opener or is_archive or is_tar):
        yield file
        return
    if not depth:
        raise RefusedFile(f"{file.label} is an archive in {_MAX_DEPTH} others. Unpack it first")
    try:
        if opener:
            content = opener(file.path)
            yield from _open(
                _copy(content, file.label, folder, budget, alone=file.alone), folder, depth - 1, budget
            )
        else:
            members = _zip_members(file, folder, budget) if is_archive else _tar_members(file, folder, budget)
            for member in members:
                yield from _open(member, folder, depth - 1, budget)
    except _DAMAGED as error:
        if "password" in str(error):
            raise RefusedFile(f"{file.label} is encrypted. Unpack it with its password first") from error
        raise RefusedFile(f"{file.label} is a damaged archive: {error}. Export or pack it again") from error


def _zip_members(file: PlainFile, folder: Path, budget: _Budget) -> Iterator[PlainFile]:
    with zipfile.ZipFile(file.path) as archive:
        budget.check(sum(member.file_size for member in archive.infolist()), file.label)
        for member in sorted(archive.infolist(), key=lambda entry: entry.filename):
            if not member.is_dir() and not _is_hidden(member.filename):
                content = archive.open(member)
                yield _copy(content, f"{file.label}:{member.filename}", folder, budget, alone=False)


def _tar_members(file: PlainFile, folder: Path, budget: _Budget) -> Iterator[PlainFile]:
    with tarfile.open(file.path) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None and not _is_hidden(member.name):
                yield _copy(content, f"{file.label}:{member.name}", folder, budget, alone=False)


def _copy(source: IO[bytes], label: str, folder: Path, budget: _Budget, *, alone: bool) -> PlainFile:
    """Unpacks a member of an archive.

    Raises:
        RefusedFile: it is far larger than tables are.
    """
    # The name of a member is not used, since it may lead out of the folder.
    copy = new_copy(folder, "member")
    with source, copy.open("wb") as target:
        while block := source.read(_BLOCK):
            budget.take(len(block), label)
            target.write(block)
    return PlainFile(copy, label, alone)


def _is_hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part.startswith((".", "~$")) or part.lower() in _NO_DATA for part in parts)
