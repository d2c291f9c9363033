"""Mixing weights of cold products, from the warm products with the most similar texts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, get_index_dtype, vstack

from indexer.factorization.content import Content
from indexer.factorization.nearest_texts import EXACT_TEXTS, TEXTS_AT_ONCE, NearestProducts
from indexer.progress import Advance

NEAREST = 50
SHARPNESS = 3
WHITENING = 0.25
"""Whitening exponent of text vectors in the search for similar texts."""
_PER_TEXT = 4
_BLOCK = 1024
_PAIRS_AT_ONCE = 1 << 16


@dataclass(frozen=True, slots=True)
class ColdMixing:
    """Mixing weights of cold products.

    Attributes:
        products: cold products with a related text, shape (c,).
        mixing: A, shape (texts, products), a row for each distinct text of these products. Row-stochastic,
            A_tk ∝ cos³(t, k) over the nearest warm products.
        texts: row of each product in `mixing`, shape (c,).
    """

    products: NDArray[np.int32]
    mixing: csr_array
    texts: NDArray[np.int64]


def mix_cold_products(
    cold: NDArray[np.int32],
    warm: NDArray[np.int32],
    content: Content,
    advance: Advance,
    exact_texts: int = EXACT_TEXTS,
) -> ColdMixing:
    """Mixing weights of each cold product: cos³ over its 50 nearest warm products.

    A nearest-neighbour regression of collaborative on content embeddings, as in Gantner et al., "Learning
    attribute-to-feature mappings for cold-start recommendations" (ICDM 2010). The third power reduces the weights of
    less related products to almost zero. Whitening emphasizes differences between texts over what they share.

    Args:
        cold: cold product rows.
        warm: warm product rows.
        content: content embeddings of all products.
        advance: called with 1 for each cold product.
        exact_texts: number of texts of warm products up to which all are compared.
    """
    content = content.whitened(WHITENING)
    nearest = NearestProducts(content, warm, _PER_TEXT, exact_texts)
    texts, text_of, counts = np.unique(content.text_of[cold], return_inverse=True, return_counts=True)
    indices: list[NDArray[np.int32]] = []
    shares: list[NDArray[np.float32]] = []
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        part = slice(start, start + TEXTS_AT_ONCE)
        matches = nearest.search(texts[part], NEAREST)
        for place, products in enumerate(matches.products):
            strength = np.maximum(matches.cosines(place, products), 0) ** SHARPNESS
            related = strength > 0
            indices.append(products[related])
            shares.append(strength[related] / strength.sum())
        advance(int(counts[part].sum()))
    lengths = np.array([len(part) for part in indices], dtype=np.int64)
    indptr = _starts(lengths)
    flat = np.concatenate([*indices, np.empty(0, np.int32)])
    values = np.concatenate([*shares, np.empty(0, np.float32)]).astype(np.float32)
    mixing = csr_array((values, flat, indptr), shape=(len(texts), len(content.text_of)))
    kept = lengths[text_of] > 0
    return ColdMixing(cold[kept], mixing, text_of[kept])


def text_links(mixed: ColdMixing, content: Content) -> csr_array:
    """Positive cosines of cold products and those that they mix.

    They have the shape of `mixed.mixing`. The shares of a mixture sum to 1 even if all texts are far away. The cosines
    do not, so that a product without any close text scores little.
    """
    mixing = mixed.mixing
    of_text = np.empty(mixing.shape[0], dtype=np.int64)
    of_text[mixed.texts] = content.text_of[mixed.products]
    owners = np.repeat(np.arange(mixing.shape[0]), np.diff(mixing.indptr))
    values = np.empty(len(owners), dtype=np.float32)
    for start in range(0, len(owners), _PAIRS_AT_ONCE):
        part = slice(start, start + _PAIRS_AT_ONCE)
        pairs = content.vectors[of_text[owners[part]]], content.of_products(mixing.indices[part])
        values[part] = np.einsum("ij,ij->i", *pairs)
    return csr_array((np.maximum(values, 0), mixing.indices, mixing.indptr), shape=mixing.shape)


def mixed_rows(mixing: csr_array, values: csr_array, max_entries: int) -> csr_array:
    """The `max_entries` largest entries of each row of A V, as a sparse matrix."""
    blocks = [
        _largest((mixing[start : start + _BLOCK] @ values).tocsr(), max_entries)
        for start in range(0, mixing.shape[0], _BLOCK)
    ]
    empty = csr_array((0, values.shape[1]), dtype=np.float32)
    joined: csr_array = vstack([*blocks, empty], format="csr")
    return joined


def _largest(block: csr_array, max_entries: int) -> csr_array:
    kept = []
    for row in range(block.shape[0]):
        entries = np.arange(block.indptr[row], block.indptr[row + 1])
        if len(entries) > max_entries:
            entries = np.sort(entries[np.argpartition(-block.data[entries], max_entries)[:max_entries]])
        kept.append(entries)
    positions = np.concatenate(kept) if kept else np.empty(0, np.int64)
    indptr = _starts([len(entries) for entries in kept])
    return csr_array((block.data[positions], block.indices[positions], indptr), shape=block.shape)


def _starts(lengths: Sequence[int] | NDArray[np.int64]) -> NDArray[np.integer]:
    """CSR's indptr, in 32 bits if possible.

    A 64-bit index would widen every matrix joined to it.
    """
    starts = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    return starts.astype(get_index_dtype(maxval=int(starts[-1])))
