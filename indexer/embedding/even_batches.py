"""Batches of texts with equal numbers of tokens, which need no padding."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH = 32


class EvenBatches:
    """A sentence-transformers model that embeds texts of equal length together.

    A batch of different lengths is padded to the longest one. For product texts, padding takes a fifth of the time.
    """

    def __init__(self, model: "SentenceTransformer") -> None:
        """Keeps the loaded SentenceTransformer, which has a tokenizer of the transformers library."""
        self._model = model

    def encode(
        self,
        texts: Sequence[str],
        *,
        batch_size: int = BATCH,
        convert_to_numpy: bool = True,
        show_progress_bar: bool = False,
    ) -> NDArray[np.float32]:
        """Embeddings of `texts`, shape (len(texts), dims).

        The options are those of the model's own method.
        """
        limit = self._model.max_seq_length
        tokens = self._model.tokenizer(list(texts), truncation=True, max_length=limit)["input_ids"]
        parts = even_batches([len(one) for one in tokens], batch_size)
        vectors = [
            self._model.encode(
                [texts[place] for place in part],
                batch_size=batch_size,
                convert_to_numpy=convert_to_numpy,
                show_progress_bar=show_progress_bar,
            )
            for part in parts
        ]
        found = np.concatenate(cast("list[NDArray[np.float32]]", vectors))
        result = np.empty_like(found)
        result[np.concatenate(parts)] = found
        return result


def even_batches(lengths: Sequence[int], size: int) -> list[NDArray[np.intp]]:
    """Positions of texts in batches of at most `size`, each of one length."""
    order = np.argsort(lengths, kind="stable")
    starts = np.flatnonzero(np.diff(np.asarray(lengths)[order])) + 1
    return [
        group[start : start + size]
        for group in np.split(order, starts)
        for start in range(0, len(group), size)
    ]
