"""Embeds texts, alone or as one of several shards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from adapters.snapshots.manifest import EmbeddingModel
from indexer import progress
from indexer.embedding.cache import EmbeddingCache, text_key
from indexer.embedding.encoder import Encoder
from indexer.embedding.mirror import Mirror
from indexer.embedding.missing_texts import embed_texts, fill_cache
from indexer.embedding.shards import Shard, wait_for_shards


@dataclass(frozen=True, slots=True)
class Embedder:
    """Embeds product texts.

    Attributes:
        load_encoder: loads the text encoder. Called only if there are products.
        cache: folder of embeddings that are kept between builds.
        shard: this process among several, or None if it is the only one.
        mirror: copy of the cache in a bucket, or None.
    """

    load_encoder: Callable[[], Encoder]
    cache: Path
    shard: Shard | None = None
    mirror: Mirror | None = None

    def embed(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], EmbeddingModel]:
        """Embeds distinct texts. Returns their embeddings, shape (texts, dims), and the model's identity.

        With several shards, it embeds its own share, waits for the others and embeds what is still missing.

        Raises:
            indexer.embedding.cache_files.CacheNotWritable: the cache's volume is full or read-only.
        """
        encoder = self.load_encoder()
        cache = self._open(encoder)
        if self.shard is not None:
            _share_work(self.shard, texts, encoder, cache)
            cache.refresh()
        embeddings = embed_texts(texts, encoder, cache)
        return embeddings, EmbeddingModel(encoder.name, encoder.revision, encoder.dims)

    def fill(self, texts: Sequence[str], report_progress: Callable[[int], None]) -> None:
        """Embeds those of the distinct `texts` that are not in the cache.

        Args:
            texts: distinct texts.
            report_progress: called with the number of texts after each step.

        Raises:
            indexer.embedding.cache_files.CacheNotWritable: the cache's volume is full or read-only.
        """
        encoder = self.load_encoder()
        fill_cache(texts, encoder, self._open(encoder), report_progress)

    def _open(self, encoder: Encoder) -> EmbeddingCache:
        return EmbeddingCache(self.cache, f"{encoder.name}@{encoder.revision}", encoder.dims, self.mirror)


def _share_work(shard: Shard, texts: Sequence[str], encoder: Encoder, cache: EmbeddingCache) -> None:
    """Embeds the shard's share of the missing texts and waits for the other shards."""
    missing = [text for text in texts if text_key(text) not in cache]
    own = [text for text in missing if shard.owns(text_key(text))]
    with shard.heartbeat() as report_progress:
        shard.delete_old_runs()
        fill_cache(own, encoder, cache, report_progress)
    with progress.stage("Waiting for other shards", len(missing) - len(own), "texts") as advance:
        timed_out = wait_for_shards(shard, advance)
    if timed_out:
        structlog.get_logger("indexer").warning(
            "shards timed out, embedding their texts",
            shards=timed_out,
            silent_seconds=shard.timeout_seconds,
        )
