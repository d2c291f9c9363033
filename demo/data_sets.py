"""Data sets of the demo: The Complete Journey, or a user's own files."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from demo import complete_journey

_CHUNK = 1 << 20


class FilesRefused(Exception):
    """The given files cannot be used. The text names them."""


@dataclass(frozen=True)
class InputFiles:
    """Files for the catalog's `load`. Purchases alone are enough."""

    purchases: Path
    products: Path | None = None
    users: Path | None = None

    def arguments(self) -> list[str]:
        """The files as arguments of `python -m catalog load`."""
        named = [("--products", self.products), ("--purchases", self.purchases), ("--users", self.users)]
        return [part for option, path in named if path is not None for part in (option, str(path))]


@dataclass(frozen=True)
class DataSet:
    """A data set. Without `files` it is The Complete Journey.

    Attributes:
        name: name of its folder.
        fingerprint: digest of its content.
        files: the user's own files.
    """

    name: str
    fingerprint: str
    files: InputFiles | None = None


def complete_journey_data() -> DataSet:
    """The Complete Journey, which needs no files."""
    return DataSet("complete-journey", complete_journey.fingerprint())


def own_data(files: InputFiles) -> DataSet:
    """A data set of the user's files, named after file and content.

    Raises:
        FilesRefused: a file cannot be read.
    """
    digest = hashlib.sha256()
    for role, path in (("purchases", files.purchases), ("products", files.products), ("users", files.users)):
        if path is not None:
            digest.update(f"{role}:{path.suffix}:{_content_digest(path)};".encode())
    stem = re.sub(r"[^A-Za-z0-9]+", "-", files.purchases.stem).strip("-").lower()[:40] or "data"
    absolute = InputFiles(
        files.purchases.resolve(),
        files.products.resolve() if files.products else None,
        files.users.resolve() if files.users else None,
    )
    return DataSet(f"{stem}-{digest.hexdigest()[:12]}", digest.hexdigest(), absolute)


def _content_digest(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise FilesRefused(
            f"{path} cannot be read: {error.strerror}. Paths are relative to {Path.cwd()}."
        ) from error
    return digest.hexdigest()
