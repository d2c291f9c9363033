"""Embedding by several processes: each embeds its share of the texts, and the first one builds the snapshot.

    <cache>/.shards/<run>/<number>.json   how far a shard has come, rewritten while it works

A text belongs to one shard, by its key. Shards have a volume in common and nothing else: what one has embedded the
others find in the cache, and how far it is they read from its marker. See docs/adr/0011-embedding-is-sharded.md.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from adapters.snapshots.checksums import open_regular
from indexer.embedding.cache import CacheNotWritable, Key, write_whole

_FOLDER = ".shards"
_LONGEST_MARKER = 1_000
_BEAT_SECONDS = 5.0
_POLL_SECONDS = 1.0
_OLD_SECONDS = 86_400.0


class Marker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a shard has come.

    Attributes:
        beats: how often it was written; whoever reads it again sees by it that the shard is alive.
        embedded: texts that the shard has embedded.
        finished: whether it has embedded its whole share.
    """

    beats: int
    embedded: int
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several processes of a build.

    Attributes:
        cache: folder of the embedding cache, on a volume that all shards write to.
        run: names the build; all its shards have the same, no other build has it.
        number: from 0; number 0 builds the snapshot.
        count: how many there are.
        patience_seconds: how long number 0 waits for a sign of life of the others, before it does their work.
    """

    cache: Path
    run: str
    number: int
    count: int
    patience_seconds: float

    @property
    def builds(self) -> bool:
        """Whether this one builds the snapshot."""
        return self.number == 0

    def owns(self, key: Key) -> bool:
        """Whether the text with this key belongs to this shard."""
        return int.from_bytes(key[:8], "big") % self.count == self.number

    @contextmanager
    def working(self) -> Iterator[Callable[[int], None]]:
        """Gives a function to be told the number of texts embedded since it was last told; 0 is a sign of life.

        The marker says that the share is done when the context ends without an error.

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

        def advanced(count: int) -> None:
            nonlocal embedded
            embedded += count
            if time.monotonic() - written >= _BEAT_SECONDS:
                write(finished=False)

        write(finished=False)
        yield advanced
        write(finished=True)

    def markers(self) -> dict[int, Marker]:
        """The markers of all other shards that have left one."""
        found = {number: _read(self._path(number)) for number in range(self.count) if number != self.number}
        return {number: marker for number, marker in found.items() if marker is not None}

    def forget_old_runs(self) -> None:
        """Deletes the markers of runs that were given up or done a day before this one's latest sign of life."""
        now = self._path(self.number).stat().st_mtime  # the volume's clock, not this machine's
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
            raise CacheNotWritable(f"{self._directory} cannot be made: {error.strerror}") from error
        write_whole(self._path(self.number), msgspec.json.encode(marker))


def await_others(
    shard: Shard,
    advance: Callable[[int], None],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Sequence[int]:
    """Waits until all other shards have embedded their share.

    Args:
        shard: the one that waits.
        advance: told the number of texts that the others have embedded since it was last told.
        clock: seconds that go on.
        sleep: waits that many seconds.

    Returns:
        Numbers of the shards that were given up: nothing was heard of any for `patience_seconds`.
    """
    others = [number for number in range(shard.count) if number != shard.number]
    heard_at, known, embedded = clock(), dict[int, Marker](), 0
    while True:
        found = shard.markers()
        done = sum(marker.embedded for marker in found.values())
        advance(max(0, done - embedded))
        embedded = max(embedded, done)
        unfinished = [number for number in others if number not in found or not found[number].finished]
        if not unfinished:
            return []
        if found != known:
            heard_at, known = clock(), found
        elif clock() - heard_at >= shard.patience_seconds:
            return unfinished
        sleep(_POLL_SECONDS)


def _read(path: Path) -> Marker | None:
    """The marker at `path`; None when there is none, or it is no marker."""
    try:
        with open_regular(path) as file:
            return msgspec.json.decode(file.read(_LONGEST_MARKER), type=Marker)
    except (OSError, msgspec.DecodeError):
        return None
