"""Names of versions, and which of them are old."""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from adapters.snapshots.errors import SnapshotRejected
from adapters.snapshots.manifest import FileEntry

_VERSION = re.compile(r"\d{8}T\d{9}Z-[0-9a-f]{8}")


def new_version(created: datetime, content: str) -> str:
    """Returns a version name from time (in milliseconds) and checksum of `content`."""
    digest = hashlib.blake2b(content.encode(), digest_size=4).hexdigest()
    return f"{created:%Y%m%dT%H%M%S}{created.microsecond // 1000:03}Z-{digest}"


def version_of(created: datetime, files: Mapping[str, FileEntry]) -> str:
    """Returns the name of the version with these files."""
    return new_version(created, "".join(sorted(file.checksum for file in files.values())))


def version_time(version: str) -> datetime:
    """Returns the time in a version name."""
    return datetime.strptime(version.partition("Z")[0] + "+0000", "%Y%m%dT%H%M%S%f%z")


def is_version(name: str) -> bool:
    """True if `name` is that of a version."""
    return _VERSION.fullmatch(name) is not None


def checked_version(name: str) -> str:
    """Returns `name`, which is safe in a path.

    Raises:
        SnapshotRejected: not a version name.
    """
    if not is_version(name):
        raise SnapshotRejected(f"{name!r} is not a snapshot version (such as 20260131T093000000Z-0f1e2d3c)")
    return name


def read_pointer(content: bytes) -> str:
    """Returns the version that the content of `CURRENT` names.

    Raises:
        SnapshotRejected: it names none.
    """
    return checked_version(content.decode(errors="replace").strip())


def prunable(versions: Sequence[str], keep: int, passing: Collection[str]) -> list[str]:
    """Returns the versions besides the `keep` newest, oldest first.

    Versions that are `passing` neither count nor stay.
    """
    lasting = [version for version in versions if version not in passing]
    return [*lasting[: -keep or None], *passing]
