"""Products that (almost) nobody has bought: they borrow from the warm products whose texts are nearest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, get_index_dtype, vstack

from indexer.factorization.content import Content, NearestProducts
from indexer.progress import Advance

NEAREST = 50
SHARPNESS = 3
WHITENING = 0.25
"""How far text vectors are whitened before products with similar texts are looked for."""
_PER_TEXT = 4
_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Borrowed:
    """Which cold products have a vector, and from whom.

    Attributes:
        products: cold products with a related text; shape (c,).
        mixing: A, shape (c, products): row-stochastic, A_ck ∝ cos³(c, k) over the nearest warm products.
    """

    products: NDArray[np.int32]
    mixing: csr_array


def borrow(cold: NDArray[np.int32], warm: NDArray[np.int32], content: Content, advance: Advance) -> Borrowed:
    """The mixing weights of each cold product: cos³ over its 50 nearest warm products.

    A nearest-neighbour regression of collaborative on content embeddings, as in Gantner et al., "Learning
    attribute-to-feature mappings for cold-start recommendations" (ICDM 2010). The third power leaves the less
    related ones next to nothing; whitening lets what sets texts apart count beside what they share.
    """
    content = content.whitened(WHITENING)
    nearest = NearestProducts(content, warm, _PER_TEXT)
    indices: list[NDArray[np.int32]] = []
    shares: list[NDArray[np.float32]] = []
    kept: list[int] = []
    for product in cold:
        products, cosines = nearest.of_text(int(content.text_of[product]), NEAREST)
        strength = np.maximum(cosines, 0) ** SHARPNESS
        advance(1)
        if strength.sum() > 0:
            kept.append(int(product))
            indices.append(products)
            shares.append(strength / strength.sum())
    indptr = _starts([len(part) for part in indices])
    flat = np.concatenate([*indices, np.empty(0, np.int32)])
    values = np.concatenate([*shares, np.empty(0, np.float32)]).astype(np.float32)
    mixing = csr_array((values, flat, indptr), shape=(len(kept), len(content.text_of)))
    return Borrowed(np.array(kept, dtype=np.int32), mixing)


def mixed_rows(mixing: csr_array, values: csr_array, most: int) -> csr_array:
    """The `most` largest entries of each row of A V; sparse, block by block."""
    blocks = [
        _largest((mixing[start : start + _BLOCK] @ values).tocsr(), most)
        for start in range(0, mixing.shape[0], _BLOCK)
    ]
    empty = csr_array((0, values.shape[1]), dtype=np.float32)
    joined: csr_array = vstack([*blocks, empty], format="csr")
    return joined


def _largest(block: csr_array, most: int) -> csr_array:
    kept = []
    for row in range(block.shape[0]):
        entries = np.arange(block.indptr[row], block.indptr[row + 1])
        if len(entries) > most:
            entries = np.sort(entries[np.argpartition(-block.data[entries], most)[:most]])
        kept.append(entries)
    positions = np.concatenate(kept) if kept else np.empty(0, np.int64)
    indptr = _starts([len(entries) for entries in kept])
    return csr_array((block.data[positions], block.indices[positions], indptr), shape=block.shape)


def _starts(lengths: list[int]) -> NDArray[np.integer]:
    """CSR's indptr, in 32 bits where they suffice: one wide index makes everything joined to it wide as well."""
    starts = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    return starts.astype(get_index_dtype(maxval=int(starts[-1])))
