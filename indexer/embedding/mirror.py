"""Copy of the embedding cache in object storage, where it outlives the local disk."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from adapters.snapshots.remote.bucket import Bucket, StoredObject
from indexer.embedding.cache_files import write_atomically

_OBJECTS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Mirror:
    """Copy of a local folder in a bucket, shared by several indexers.

    All methods raise adapters.snapshots.SnapshotUnreachable if the bucket does not answer.

    Attributes:
        root: local folder of the cache.
        bucket: its copy.
    """

    root: Path
    bucket: Bucket

    def fetch(self, folder: Path, *, again: bool = False) -> None:
        """Copies the files of `folder` that are missing on the disk.

        Args:
            folder: below the root.
            again: whether to copy files that the disk has, too, because they change.

        Raises:
            CacheNotWritable: the disk is full or read-only.
        """

        def copy(found: StoredObject) -> None:
            content = self.bucket.read(found.name, found.size)
            if content is not None:
                write_atomically(folder / Path(found.name).name, content[0])

        stored = self.bucket.list(self._name(folder))
        wanted = [found for found in stored if again or not (folder / Path(found.name).name).exists()]
        with ThreadPoolExecutor(_OBJECTS_AT_ONCE) as pool:
            list(pool.map(copy, wanted))

    def send(self, path: Path) -> None:
        """Copies a file into the bucket."""
        self.bucket.write(self._name(path), path)

    def delete(self, path: Path) -> None:
        """Deletes the copy of a file."""
        self.bucket.delete([self._name(path)])

    def delete_old(self, folder: Path, age: timedelta) -> None:
        """Deletes copies below `folder` that are older than the newest by `age`."""
        stored = self.bucket.list(self._name(folder))
        newest = max((found.modified for found in stored), default=None)
        if newest is not None:
            self.bucket.delete([found.name for found in stored if newest - found.modified > age])

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()
