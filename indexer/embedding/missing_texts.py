"""Embeds the texts that are missing in the cache."""

from collections.abc import Callable, Sequence

import numpy as np
import structlog
from numpy.typing import NDArray

from indexer import progress
from indexer.embedding.cache import EmbeddingCache, text_key
from indexer.embedding.encoder import Encoder

_SEGMENT = 4_096
_STEP = 1_024


def embed_texts(texts: Sequence[str], encoder: Encoder, cache: EmbeddingCache) -> NDArray[np.float32]:
    """Embeddings of distinct `texts`, shape (len(texts), dims). Only new texts pass through the encoder."""
    fill_cache(texts, encoder, cache)
    return cache.vectors([text_key(text) for text in texts])


def fill_cache(
    texts: Sequence[str],
    encoder: Encoder,
    cache: EmbeddingCache,
    report_progress: Callable[[int], None] = lambda count: None,
) -> None:
    """Embeds those of the distinct `texts` that are not in the cache.

    Saves every 4,096 texts, so that an interrupted run resumes there.

    Args:
        texts: distinct texts.
        encoder: embeds them.
        cache: keeps the embeddings.
        report_progress: called with the number of texts after each step.
    """
    missing = [text for text in texts if text_key(text) not in cache]
    structlog.get_logger("indexer").info(
        "embedding product texts", distinct=len(texts), cached=len(texts) - len(missing), new=len(missing)
    )
    # Sorted by length, so that a step has many texts with equally many tokens.
    missing.sort(key=len)
    with progress.stage("Embedding product texts", len(missing), "texts") as advance:
        for start in range(0, len(missing), _SEGMENT):
            segment = missing[start : start + _SEGMENT]
            parts = []
            for step in range(0, len(segment), _STEP):
                batch = segment[step : step + _STEP]
                parts.append(encoder.encode(batch))
                advance(len(batch))
                report_progress(len(batch))
            cache.add([text_key(text) for text in segment], np.concatenate(parts))
