"""Compressed files, archives and folders: each becomes the plain files that it contains."""

import bz2
import gzip
import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from purchase_files.errors import RefusedFile

_DETECTION_BYTES = 512
_ZIP = b"PK\x03\x04"
_COMPRESSIONS: tuple[tuple[bytes, Callable[[Path], Any]], ...] = (
    (b"\x1f\x8b", gzip.GzipFile),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\x00", lzma.LZMAFile),
)
_DAMAGED = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError, RuntimeError)
_MAX_DEPTH = 3


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


def plain_files(path: Path, folder: Path) -> Iterator[PlainFile]:
    """Yields the files in a file or folder. Copies go to `folder`.

    Raises:
        RefusedFile: damaged archive.
        OSError: missing or unreadable file.
    """
    if not path.is_dir():
        yield from _open(PlainFile(path, str(path), alone=True), folder, _MAX_DEPTH)
        return
    files = sorted(entry for entry in path.rglob("*") if entry.is_file() and not _is_hidden(entry.name))
    if not files:
        raise RefusedFile(f"{path}: the folder contains no files")
    for entry in files:
        yield from _open(PlainFile(entry, str(entry), alone=False), folder, _MAX_DEPTH)


def is_spreadsheet(path: Path) -> bool:
    """True for the archives that are spreadsheets: xlsx, xlsb and ods."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return False
    return any(name.startswith("xl/") or name == "content.xml" for name in names)


def _open(file: PlainFile, folder: Path, depth: int) -> Iterator[PlainFile]:
    with file.path.open("rb") as stream:
        start = stream.read(_DETECTION_BYTES)
    opener = next((opener for magic, opener in _COMPRESSIONS if start.startswith(magic)), None)
    is_archive = start.startswith(_ZIP) and not is_spreadsheet(file.path)
    is_tar = start[257:262] == b"ustar"
    if not depth or not (opener or is_archive or is_tar):
        yield file
        return
    try:
        if opener:
            yield from _open(
                _copy(opener(file.path), file.label, folder, alone=file.alone), folder, depth - 1
            )
        else:
            members = _zip_members(file, folder) if is_archive else _tar_members(file, folder)
            for member in members:
                yield from _open(member, folder, depth - 1)
    except _DAMAGED as error:
        raise RefusedFile(f"{file.label} is a damaged archive: {error}") from error


def _zip_members(file: PlainFile, folder: Path) -> Iterator[PlainFile]:
    with zipfile.ZipFile(file.path) as archive:
        for member in sorted(archive.infolist(), key=lambda entry: entry.filename):
            if not member.is_dir() and not _is_hidden(member.filename):
                yield _copy(archive.open(member), f"{file.label}:{member.filename}", folder, alone=False)


def _tar_members(file: PlainFile, folder: Path) -> Iterator[PlainFile]:
    with tarfile.open(file.path) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None and not _is_hidden(member.name):
                yield _copy(content, f"{file.label}:{member.name}", folder, alone=False)


def _copy(source: IO[bytes], label: str, folder: Path, *, alone: bool) -> PlainFile:
    # The name of a member is not used, since it may lead out of the folder.
    copy = folder / f"{len(list(folder.iterdir()))}.member"
    with source, copy.open("wb") as target:
        shutil.copyfileobj(source, target)
    return PlainFile(copy, label, alone)


def _is_hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)
