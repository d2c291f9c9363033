"""What the demo shows: The Complete Journey, or anyone's own files."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from demo import complete_journey

_CHUNK = 1 << 20


class FilesRefused(Exception):
    """The files that were named cannot be used; the text names them."""


@dataclass(frozen=True)
class InputFiles:
    """Files for the catalog's `load`; purchases alone are enough."""

    purchases: Path
    products: Path | None = None
    users: Path | None = None

    def arguments(self) -> list[str]:
        """The files as arguments of `python -m catalog load`."""
        named = [("--products", self.products), ("--purchases", self.purchases), ("--users", self.users)]
        return [part for option, path in named if path is not None for part in (option, str(path))]


@dataclass(frozen=True)
class DataSet:
    """`name` is its folder's; `fingerprint` changes with its content. Without `files` it is The Complete Journey."""

    name: str
    fingerprint: str
    files: InputFiles | None = None


def complete_journey_data() -> DataSet:
    """The data set that needs no file."""
    return DataSet("complete-journey", complete_journey.recipe())


def own_data(files: InputFiles) -> DataSet:
    """A data set named after its purchases file and its content: other content is another data set.

    Raises FilesRefused when a file is missing.
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
