"""Pods that follow a storage, and proof that they serve what was published."""

import hashlib
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from opentelemetry.metrics import NoOpMeter

from adapters.snapshots import SnapshotStorage, SnapshotVolume, new_version
from adapters.snapshots.layout import FILES, MANIFEST, SIGNATURE
from adapters.snapshots.remote.object_storage import ObjectStorage
from adapters.telemetry import ServiceMetrics
from service.snapshots.live import LiveSnapshot
from service.snapshots.watcher import SnapshotWatcher
from tests.support.builders.published_snapshots import KEY, publish, shop


@dataclass
class Publications:
    """Snapshots of several shops, which are published again and again as new versions.

    Attributes:
        sources: folder of one snapshot of each shop.
        attempted: source of each version whose publication was begun.
    """

    sources: list[Path]
    attempted: dict[str, Path] = field(default_factory=dict)

    @classmethod
    def of_shops(cls, folder: Path, shops: int) -> "Publications":
        """Builds the snapshots of some shops, in folders of their own."""
        sources = []
        for seed in range(shops):
            volume = SnapshotVolume(folder / str(seed))
            version = publish(shop(seed=seed), folder / f"built-{seed}", storage=volume).version
            sources.append(volume.directory(version))
        return cls(sources)

    def publish(self, storage: SnapshotStorage) -> str:
        """Publishes the next shop's snapshot as a new version.

        Raises:
            SnapshotError: as `SnapshotStorage.publish`.
        """
        source = self.sources[len(self.attempted) % len(self.sources)]
        version = new_version(datetime.now(UTC), f"{len(self.attempted):08x}")
        self.attempted[version] = source
        with storage.locked(), storage.building() as folder:
            shutil.copytree(source, folder, dirs_exist_ok=True)
            manifest = (source / MANIFEST).read_bytes().replace(source.name.encode(), version.encode())
            (folder / MANIFEST).write_bytes(manifest)
            (folder / SIGNATURE).write_text(KEY.signature(manifest))
            storage.publish(folder, version)
        return version


class FollowingPod:
    """A pod that follows a bucket.

    Attributes:
        served: versions that were live in it.
    """

    def __init__(self, storage: ObjectStorage) -> None:
        self.storage, self.live, self.served = storage, LiveSnapshot(), set[str]()
        self.watcher = SnapshotWatcher(storage, [KEY], self.live, ServiceMetrics(NoOpMeter("test")), 1.0)

    async def check(self, publications: Publications) -> None:
        """Polls once.

        The served files must be those of the one snapshot that was published as this version. They are compared with
        it directly, because checksums are a part of what is tested.
        """
        await self.watcher.check()
        if (serving := self.live.loaded) is None:
            return
        version = serving.manifest.version
        assert serving.snapshot.version == version
        served, published = self.storage.root / version, publications.attempted[version]
        assert digests(served) == digests(published)
        self.served.add(version)


def digests(folder: Path) -> dict[str, str]:
    """Digests of a snapshot's files by name."""
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
