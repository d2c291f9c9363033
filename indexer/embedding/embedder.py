"""Texts to embeddings, alone or as one of several shards."""

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
from indexer.embedding.shards import Shard, await_others
from indexer.embedding.stage import embed_texts, fill_cache


@dataclass(frozen=True, slots=True)
class Embedder:
    """Embeds product texts.

    Attributes:
        load_encoder: gives the text encoder; called only when there are products.
        cache: folder of embeddings that are kept between builds.
        shard: which of several processes this is; None when it is the only one.
    """

    load_encoder: Callable[[], Encoder]
    cache: Path
    shard: Shard | None = None

    def embed(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], EmbeddingModel]:
        """One embedding per distinct text, shape (texts, dims), and what they come from.

        With other shards: embeds its own share, waits for theirs, and embeds what is missing then.

        Raises:
            indexer.embedding.cache.CacheNotWritable: the cache's volume is full or cannot be written.
        """
        encoder = self.load_encoder()
        cache = self._open(encoder)
        if self.shard is not None:
            _share_work(self.shard, texts, encoder, cache)
            cache.refresh()
        embeddings = embed_texts(texts, encoder, cache)
        return embeddings, EmbeddingModel(encoder.name, encoder.revision, encoder.dims)

    def fill(self, texts: Sequence[str], advanced: Callable[[int], None]) -> None:
        """Embeds those of the distinct `texts` that the cache does not hold; tells `advanced` how many it did.

        Raises:
            indexer.embedding.cache.CacheNotWritable: the cache's volume is full or cannot be written.
        """
        encoder = self.load_encoder()
        fill_cache(texts, encoder, self._open(encoder), advanced)

    def _open(self, encoder: Encoder) -> EmbeddingCache:
        return EmbeddingCache(self.cache, f"{encoder.name}@{encoder.revision}", encoder.dims)


def _share_work(shard: Shard, texts: Sequence[str], encoder: Encoder, cache: EmbeddingCache) -> None:
    """Embeds the shard's share of what the cache lacks, and waits for the others'."""
    missing = [text for text in texts if text_key(text) not in cache]
    own = [text for text in missing if shard.owns(text_key(text))]
    with shard.working() as advanced:
        shard.forget_old_runs()
        fill_cache(own, encoder, cache, advanced)
    with progress.stage("Waiting for other shards", len(missing) - len(own), "texts") as advance:
        given_up = await_others(shard, advance)
    if given_up:
        structlog.get_logger("indexer").warning(
            "shards given up, embedding what they have not",
            shards=given_up,
            silent_seconds=shard.patience_seconds,
        )
