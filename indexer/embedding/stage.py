"""Embeds what the cache does not hold yet."""

from collections.abc import Callable, Sequence

import numpy as np
import structlog
from numpy.typing import NDArray

from indexer import progress
from indexer.embedding.cache import EmbeddingCache, text_key
from indexer.embedding.encoder import Encoder

_SEGMENT = 4_096
_STEP = 256


def embed_texts(texts: Sequence[str], encoder: Encoder, cache: EmbeddingCache) -> NDArray[np.float32]:
    """Embeddings of distinct `texts`, shape (len(texts), dims); only new texts go through the encoder."""
    fill_cache(texts, encoder, cache)
    return cache.vectors([text_key(text) for text in texts])


def fill_cache(
    texts: Sequence[str],
    encoder: Encoder,
    cache: EmbeddingCache,
    advanced: Callable[[int], None] = lambda count: None,
) -> None:
    """Embeds those of the distinct `texts` that the cache does not hold.

    Every 4,096 texts are saved as they are done: a killed run resumes there.

    Args:
        texts: what is to be embedded.
        encoder: embeds them.
        cache: keeps what was embedded.
        advanced: told the number of texts embedded since it was last told.
    """
    missing = [text for text in texts if text_key(text) not in cache]
    structlog.get_logger("indexer").info(
        "embedding product texts", distinct=len(texts), cached=len(texts) - len(missing), new=len(missing)
    )
    # By length: a batch is padded to its longest text.
    missing.sort(key=len)
    with progress.stage("Embedding product texts", len(missing), "texts") as advance:
        for start in range(0, len(missing), _SEGMENT):
            segment = missing[start : start + _SEGMENT]
            parts = []
            for step in range(0, len(segment), _STEP):
                batch = segment[step : step + _STEP]
                parts.append(encoder.encode(batch))
                advance(len(batch))
                advanced(len(batch))
            cache.add([text_key(text) for text in segment], np.concatenate(parts))
