"""Versions that are published without another build."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from adapters.snapshots import SnapshotStorage, new_version
from adapters.snapshots.layout import MANIFEST, SIGNATURE
from adapters.snapshots.versions import version_time
from tests.support.builders.published_snapshots import KEY


def publish_copy(
    source: Path, storage: SnapshotStorage, days: int, change: Callable[[bytes], bytes] = bytes
) -> str:
    """Publishes the files of a snapshot again, as a version of an earlier day.

    Args:
        source: folder of the snapshot.
        storage: where the copy is published. A version that was live before stays it.
        days: number of days by which the copy is older.
        change: of its manifest, which is signed afterwards.

    Returns:
        The version.
    """
    version = new_version(version_time(source.name) - timedelta(days=days), str(days))
    live = storage.current() if storage.versions() else version
    with storage.locked(), storage.building() as folder:
        shutil.copytree(source, folder, dirs_exist_ok=True)
        manifest = change((source / MANIFEST).read_bytes().replace(source.name.encode(), version.encode()))
        (folder / MANIFEST).write_bytes(manifest)
        (folder / SIGNATURE).write_text(KEY.signature(manifest))
        storage.publish(folder, version)
        storage.point_to(live)
    return version
