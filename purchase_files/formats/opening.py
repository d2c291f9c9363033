"""Opening of files: each becomes the tables that it contains."""

from collections.abc import Iterator
from pathlib import Path

from purchase_files.errors import RefusedFile
from purchase_files.formats.baskets import BasketFile
from purchase_files.formats.separated import SeparatedFile
from purchase_files.formats.source import Source


def open_sources(path: Path, folder: Path) -> Iterator[Source]:
    """Yields the tables in a file or in a folder of files.

    Args:
        path: path of the file or folder.
        folder: folder for temporary copies.

    Raises:
        RefusedFile: missing, unreadable or empty file, or another format.
    """
    try:
        if path.is_dir():
            files = sorted(
                entry for entry in path.rglob("*") if entry.is_file() and not entry.name.startswith(".")
            )
            if not files:
                raise RefusedFile(f"{path}: the folder contains no files")
            for entry in files:
                yield from _open_file(entry, str(entry), folder)
        else:
            yield from _open_file(path, str(path), folder)
    except FileNotFoundError as error:
        raise RefusedFile(f"{path} does not exist") from error
    except OSError as error:
        raise RefusedFile(f"{path} cannot be read: {error.strerror}") from error


def _open_file(path: Path, label: str, folder: Path) -> Iterator[Source]:
    separated = SeparatedFile.open(path, label, folder)
    yield BasketFile(separated) if separated.layout.baskets else separated
