"""Search for the products of a group with the most similar texts."""

from collections.abc import Callable
from dataclasses import dataclass

import annoy
import numpy as np
from numpy.typing import NDArray

from indexer.factorization.content import Content

EXACT_TEXTS = 32_768
"""Texts up to which all are compared. A search in an Annoy index takes more time than that many inner products."""
TEXTS_AT_ONCE = 256
_TREES = 20
_SEED = 20_170_101
_Products = NDArray[np.int32]
_Cosines = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TextMatches:
    """Products with the texts nearest to each of several texts.

    Attributes:
        products: rows of at most `count` products for each text, nearest first. Empty for "no text".
        cosines: cosines of a text, given by its place, with products of the group. 0 for products without text.
    """

    products: list[_Products]
    cosines: Callable[[int, _Products], _Cosines]


class NearestProducts:
    """Finds the products of a group with the most similar texts.

    Compares all texts of a small group. A large one is searched approximately, in sublinear time.
    """

    def __init__(
        self, content: Content, products: _Products, per_text: int, exact_texts: int = EXACT_TEXTS
    ) -> None:
        """Indexes the texts of `products`, most important first.

        At most `per_text` products share a text.
        """
        self._content = content
        texts = content.text_of[products]
        has_text = texts != content.no_text
        order = np.argsort(texts[has_text], kind="stable")
        self._products = products[has_text][order]
        self._texts, self._starts, counts = np.unique(
            texts[has_text][order], return_index=True, return_counts=True
        )
        self._ends = self._starts + np.minimum(counts, per_text)
        self._index = self._annoy_index() if len(self._texts) > exact_texts else None
        # The last column is "no text", and stands for texts outside of the group, too.
        self._vectors = content.vectors[np.append(self._texts, content.no_text)]
        column_of_text = np.full(len(content.vectors), len(self._texts), dtype=np.int32)
        column_of_text[self._texts] = np.arange(len(self._texts), dtype=np.int32)
        self._column_of = column_of_text[content.text_of]

    def search(self, texts: NDArray[np.integer], count: int) -> TextMatches:
        """At most `count` products with the nearest texts for each of `texts`.

        `texts` are a few hundred at most.
        """
        vectors = self._content.vectors[texts]
        if self._index is not None:
            positions = [
                self._index.get_nns_by_vector(vector, count, search_k=20 * count) for vector in vectors
            ]

            def cosines(place: int, rows: _Products) -> _Cosines:
                found: _Cosines = self._content.of_products(rows) @ vectors[place]
                return found
        else:
            table = vectors @ self._vectors.T
            positions = list(_largest(table[:, :-1], count))

            def cosines(place: int, rows: _Products) -> _Cosines:
                found: _Cosines = table[place].take(self._column_of.take(rows))
                return found

        return TextMatches(
            [
                self._at(np.asarray(found if text != self._content.no_text else [], dtype=np.int64), count)
                for text, found in zip(texts, positions, strict=True)
            ],
            cosines,
        )

    def _at(self, positions: NDArray[np.int64], count: int) -> _Products:
        """The first `count` products of the texts at `positions`, in this order."""
        if not len(positions):
            return np.empty(0, np.int32)
        lengths = self._ends[positions] - self._starts[positions]
        within = np.cumsum(lengths)
        last = int(np.searchsorted(within, count)) + 1  # later texts are beyond the first `count` products
        positions, lengths, within = positions[:last], lengths[:last], within[:last]
        places = np.arange(within[-1]) + np.repeat(self._starts[positions] - (within - lengths), lengths)
        nearest: _Products = self._products[places[:count]]
        return nearest

    def _annoy_index(self) -> annoy.AnnoyIndex:
        index = annoy.AnnoyIndex(self._content.vectors.shape[1], "angular")
        index.set_seed(_SEED)
        for position, text in enumerate(self._texts):
            index.add_item(position, self._content.vectors[text])
        index.build(_TREES, n_jobs=1)
        return index


def _largest(table: _Cosines, count: int) -> NDArray[np.intp]:
    """Columns of the `count` largest values of each row, largest first."""
    first = max(table.shape[1] - count, 0)
    best = np.argpartition(table, first, axis=1)[:, first:] if first else np.argsort(table, axis=1)
    values = np.take_along_axis(table, best, axis=1)
    return np.take_along_axis(best, np.argsort(-values, axis=1, kind="stable"), axis=1)
