"""Content-addressed cache of embeddings.

The key is derived from text and model, so entries never become stale.

    <root>/<model>/<checksum>.npy   a segment: records of (key, vector), written once and renamed into place

A segment is named by the checksum of its content. A truncated or altered segment is detected and removed, and its texts
are embedded again. Several indexers may write segments at the same time, on several machines.
"""

import hashlib
import io
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from indexer.embedding.cache_files import UNFINISHED, CacheNotWritable, write_atomically
from indexer.embedding.mirror import Mirror

KEY_BYTES = 16
Key = bytes

_ABANDONED_SECONDS = 86_400.0


def text_key(text: str) -> Key:
    """Returns the cache key of a text."""
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=KEY_BYTES).digest()


class EmbeddingCache:
    """Embeddings of one model."""

    def __init__(self, root: Path, model: str, dims: int, mirror: Mirror | None = None) -> None:
        """Opens the cache of `model` (name and revision) under `root`. Creates missing folders.

        Args:
            root: folder of the cache.
            model: name and revision.
            dims: length of its vectors.
            mirror: copy of the cache in a bucket, or None.
        """
        self._mirror = mirror
        self._directory = root / hashlib.blake2b(f"{model}\n{dims}".encode(), digest_size=12).hexdigest()
        self._record = np.dtype([("key", f"V{KEY_BYTES}"), ("vector", "<f4", (dims,))])
        self._places: dict[Key, tuple[int, int]] = {}
        self._segments: list[NDArray[np.void]] = []
        self._names: set[str] = set()
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CacheNotWritable(
                f"the embedding cache {self._directory} cannot be created: {error}"
            ) from error
        self._sweep()
        self.refresh()

    def refresh(self) -> None:
        """Loads segments that other indexers have written since the last call."""
        if self._mirror is not None:
            self._mirror.fetch(self._directory)
        for path in sorted(self._directory.glob("*.npy")):
            if path.name not in self._names:
                self._open(path)

    def __contains__(self, key: Key) -> bool:
        return key in self._places

    def vectors(self, keys: Sequence[Key]) -> NDArray[np.float32]:
        """Embeddings of `keys`, which must all be in the cache. Shape (len(keys), dims)."""
        result = np.empty((len(keys), *self._record["vector"].shape), dtype=np.float32)
        for position, key in enumerate(keys):
            segment, record = self._places[key]
            result[position] = self._segments[segment]["vector"][record]
        return result

    def add(self, keys: Sequence[Key], vectors: NDArray[np.float32]) -> None:
        """Writes one segment. It is durable when this returns.

        Raises:
            CacheNotWritable: the volume is full or read-only. No partial file remains.
        """
        records = np.empty(len(keys), dtype=self._record)
        records["key"] = [np.void(key) for key in keys]
        records["vector"] = vectors
        buffer = io.BytesIO()
        np.save(buffer, records, allow_pickle=False)
        content = buffer.getvalue()
        path = self._directory / f"{_checksum(content)}.npy"
        write_atomically(path, content)
        if self._mirror is not None:
            self._mirror.send(path)
        self._register(path)

    def _sweep(self) -> None:
        """Removes partial files of writers that were killed long ago."""
        for path in self._directory.glob(f"*{UNFINISHED}"):
            with suppress(OSError):
                if time.time() - path.lstat().st_mtime > _ABANDONED_SECONDS:
                    path.unlink()

    def _open(self, path: Path) -> None:
        with suppress(FileNotFoundError):  # another indexer has already removed the altered segment
            if _checksum(path.read_bytes()) == path.stem:
                self._register(path)
                return
            structlog.get_logger("indexer").warning(
                "embedding segment is altered and will be embedded again", path=str(path)
            )
            path.unlink()
            if self._mirror is not None:
                self._mirror.delete(path)

    def _register(self, path: Path) -> None:
        records: NDArray[np.void] = np.load(path, mmap_mode="r", allow_pickle=False)
        self._names.add(path.name)
        segment = len(self._segments)
        self._segments.append(records)
        for position, key in enumerate(records["key"]):
            self._places[key.tobytes()] = (segment, position)


def _checksum(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
