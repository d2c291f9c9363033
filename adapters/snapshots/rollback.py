"""Makes an earlier snapshot the live one again."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from adapters.snapshots.build_history import BuildHistory
from adapters.snapshots.errors import SnapshotError, SnapshotNotFound, SnapshotRejected
from adapters.snapshots.signing import SigningKey
from adapters.snapshots.storage import SnapshotStorage


@dataclass(frozen=True, slots=True)
class Rollback:
    """A rollback, with the version that was live before, if any."""

    version: str
    was: str | None


def roll_back(storage: SnapshotStorage, keys: Sequence[SigningKey], version: str | None, by: str) -> Rollback:
    """Verifies an earlier snapshot and makes it the live one.

    The build history records it. With a version, it repairs a `CURRENT` that is lost or names none.

    Args:
        storage: where snapshots are published.
        keys: accepted signing keys.
        version: to make live. None: the latest one of the build before.
        by: who asked for it, for the build history.

    Raises:
        SnapshotNotFound: there is no such version, or none before the live one, or none is live.
        SnapshotRejected: it was altered, or has another format.
        SnapshotNotWritable: the storage cannot be written, or another indexer is writing to it.
        SnapshotUnreachable: the object storage does not answer.
    """
    with storage.locked():
        live = None
        try:
            live = storage.current()
        except (SnapshotNotFound, SnapshotRejected) as error:
            if version is None and storage.versions():
                raise SnapshotNotFound(
                    "CURRENT is lost or damaged, so that no version is live. Name the one to make live"
                ) from error
            if version is None:
                raise
        target = version or _before(storage, keys, live or "")
        storage.verify(target, keys)
        storage.point_to(target)
    BuildHistory(storage).add_rollback(target, by)
    return Rollback(target, live)


def build_of(storage: SnapshotStorage, keys: Sequence[SigningKey], version: str) -> str:
    """The build that a published snapshot is or refreshes.

    The version itself if its manifest is invalid.
    """
    with suppress(SnapshotError):
        return storage.manifest(version, keys).refresh_of or version
    return version


def _before(storage: SnapshotStorage, keys: Sequence[SigningKey], live: str) -> str:
    earlier = [version for version in storage.versions() if version < live]
    own_build = build_of(storage, keys, live)
    other_builds = [version for version in earlier if build_of(storage, keys, version) != own_build]
    target = next(reversed(other_builds or earlier), None)
    if target is None:
        raise SnapshotNotFound(f"there is no snapshot older than the live one, {live}")
    return target
