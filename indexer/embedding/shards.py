"""Embeds texts in several processes.

Each process embeds its share of the texts. The first one also builds the snapshot.

    <cache>/.shards/<run>/<number>.json   progress of a shard, rewritten while it works

A text belongs to one shard, determined by its key. Shards share a volume or a bucket and nothing else. Each one finds
the others' embeddings in the cache and reads their progress from markers. See docs/adr/0011-embedding-is-sharded.md.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec

from adapters.snapshots.checksums import open_regular
from indexer.embedding.cache import Key
from indexer.embedding.cache_files import CacheNotWritable, write_atomically
from indexer.embedding.mirror import Mirror

_FOLDER = ".shards"
_MAX_MARKER_BYTES = 1_000
_POLL_SECONDS = 1.0
_OLD_SECONDS = 86_400.0


class Marker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Progress of a shard.

    Attributes:
        beats: number of writes so far. A change shows other shards that this one is alive.
        embedded: number of texts the shard has embedded.
        finished: whether the shard has embedded its whole share.
    """

    beats: int
    embedded: int
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several processes of a build.

    Attributes:
        cache: folder of the embedding cache, on a volume that all shards write to unless there is a mirror.
        run: name of the build, shared by its shards and unique to it.
        number: number from 0. Shard 0 builds the snapshot.
        count: number of shards.
        timeout_seconds: time without progress of the others after which shard 0 embeds their texts.
        heartbeat_seconds: minimum time between two writes of the marker.
        mirror: copy of the cache in a bucket that all shards use, if they share no volume.
    """

    cache: Path
    run: str
    number: int
    count: int
    timeout_seconds: float
    heartbeat_seconds: float = 5.0
    mirror: Mirror | None = None

    @property
    def builds_snapshot(self) -> bool:
        """True for the shard that builds the snapshot."""
        return self.number == 0

    def owns(self, key: Key) -> bool:
        """True if the text with this key belongs to this shard."""
        return int.from_bytes(key[:8], "big") % self.count == self.number

    @contextmanager
    def heartbeat(self) -> Iterator[Callable[[int], None]]:
        """Writes the marker while the context lasts.

        Yields a function that is called with the number of newly embedded texts. A call with 0 is a heartbeat. The
        marker is finished when the context ends without an error.

        Raises:
            CacheNotWritable: the volume is full or read-only.
        """
        beats = embedded = 0
        written = time.monotonic()

        def write(finished: bool) -> None:
            nonlocal beats, written
            beats += 1
            written = time.monotonic()
            self._write(Marker(beats, embedded, finished))

        def report_progress(count: int) -> None:
            nonlocal embedded
            embedded += count
            if time.monotonic() - written >= self.heartbeat_seconds:
                write(finished=False)

        write(finished=False)
        yield report_progress
        write(finished=True)

    def markers(self) -> dict[int, Marker]:
        """Markers of the other shards, by number. Shards without a valid marker are absent."""
        if self.mirror is not None:
            self.mirror.fetch(self._directory, again=True)
        found = {number: _read(self._path(number)) for number in range(self.count) if number != self.number}
        return {number: marker for number, marker in found.items() if marker is not None}

    def delete_old_runs(self) -> None:
        """Deletes markers of runs without a write for a day."""
        if self.mirror is not None:
            self.mirror.delete_old(self._directory.parent, timedelta(seconds=_OLD_SECONDS))
        now = self._path(self.number).stat().st_mtime  # the clock of the volume, not of this machine
        for folder in self._directory.parent.iterdir():
            with suppress(OSError):
                if now - folder.stat().st_mtime > _OLD_SECONDS:
                    shutil.rmtree(folder)

    @property
    def _directory(self) -> Path:
        return self.cache / _FOLDER / self.run

    def _path(self, number: int) -> Path:
        return self._directory / f"{number}.json"

    def _write(self, marker: Marker) -> None:
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CacheNotWritable(f"{self._directory} cannot be created: {error.strerror}") from error
        path = self._path(self.number)
        write_atomically(path, msgspec.json.encode(marker))
        if self.mirror is not None:
            self.mirror.send(path)


def wait_for_shards(
    shard: Shard,
    advance: Callable[[int], None],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Sequence[int]:
    """Waits until all other shards have embedded their share.

    Args:
        shard: the waiting shard.
        advance: called with the number of texts the others have embedded since the last call.
        clock: monotonic time in seconds.
        sleep: waits for a number of seconds.

    Returns:
        Numbers of the unfinished shards if no shard made progress for `timeout_seconds`, else an empty list.
    """
    others = [number for number in range(shard.count) if number != shard.number]
    changed_at, known, embedded = clock(), dict[int, Marker](), 0
    while True:
        found = shard.markers()
        done = sum(marker.embedded for marker in found.values())
        advance(max(0, done - embedded))
        embedded = max(embedded, done)
        unfinished = [number for number in others if number not in found or not found[number].finished]
        if not unfinished:
            return []
        if found != known:
            changed_at, known = clock(), found
        elif clock() - changed_at >= shard.timeout_seconds:
            return unfinished
        sleep(_POLL_SECONDS)


def _read(path: Path) -> Marker | None:
    """Reads a marker. Returns None if it is missing or invalid."""
    try:
        with open_regular(path) as file:
            return msgspec.json.decode(file.read(_MAX_MARKER_BYTES), type=Marker)
    except (OSError, msgspec.DecodeError):
        return None
