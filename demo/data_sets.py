"""Data sets of the demo: The Complete Journey, or a user's own files."""

import hashlib
import re
import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from demo import complete_journey

_LOADED_AS = "demo dates"
"""A folder of an earlier release, which loaded the data in another way, is made again."""


class FilesRefused(Exception):
    """The given files cannot be used. The text names them."""


@dataclass(frozen=True)
class InputFiles:
    """Files for the catalog's `load`. Purchases alone are enough.

    Attributes:
        purchases: files and folders of purchases, and of orders and products that belong to them.
        products: file of products.
        users: file of users.
        options: options of `load` with their values, such as ("--dates", "dmy").
        typed: the words of the command line that a refusal of the files completes.
    """

    purchases: tuple[Path, ...]
    products: Path | None = None
    users: Path | None = None
    options: tuple[tuple[str, str], ...] = ()
    typed: tuple[str, ...] = ()

    @property
    def by_role(self) -> list[tuple[str, Path]]:
        """Every file with its role."""
        listed = [("products", self.products), ("users", self.users)]
        named = [(role, path) for role, path in listed if path is not None]
        return [*(("purchases", path) for path in self.purchases), *named]

    def arguments(self) -> list[str]:
        """The files as arguments of `python -m catalog load`."""
        listed = [(f"--{role}", str(path)) for role, path in self.by_role if role != "purchases"]
        options = [*listed, *self.options, *([("--run-as", shlex.join(self.typed))] if self.typed else [])]
        # A value may begin with a dash.
        return [*map(str, self.purchases), *(f"{name}={value}" for name, value in options)]


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
    return DataSet("complete-journey", f"{complete_journey.fingerprint()} {_LOADED_AS}")


def own_data(files: InputFiles) -> DataSet:
    """A data set of the user's files, named after file and content.

    Raises:
        FilesRefused: a file cannot be read.
    """
    digest = hashlib.sha256(repr((files.options, _LOADED_AS)).encode())
    for role, path in files.by_role:
        digest.update(f"{role}:{path.suffix}:{_content_digest(path)};".encode())
    stem = re.sub(r"[^A-Za-z0-9]+", "-", files.purchases[0].stem).strip("-").lower()[:40] or "data"
    absolute = replace(
        files,
        purchases=tuple(path.resolve() for path in files.purchases),
        products=files.products.resolve() if files.products else None,
        users=files.users.resolve() if files.users else None,
    )
    return DataSet(f"{stem}-{digest.hexdigest()[:12]}", digest.hexdigest(), absolute)


def paths_in(text: str) -> tuple[Path, ...]:
    """Paths in a variable of `make`: one that exists, or several with spaces between."""
    if Path(text).exists():
        return (Path(text),)
    try:
        return tuple(map(Path, shlex.split(text)))
    except ValueError:  # an apostrophe in the name of a missing file
        return (Path(text),)


def _content_digest(path: Path) -> str:
    """Digest of a file, or of all files in a folder."""
    digest = hashlib.sha256()
    try:
        inside = sorted(file for file in path.rglob("*") if file.is_file())
        for file in inside if path.is_dir() else [path]:
            with file.open("rb") as stream:
                digest.update(f"{file.name}:{hashlib.file_digest(stream, 'sha256').hexdigest()};".encode())
    except OSError as error:
        raise FilesRefused(
            f"{path} cannot be read: {error.strerror}. Paths are relative to {Path.cwd()}."
        ) from error
    return digest.hexdigest()
