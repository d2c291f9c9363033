"""Interactions as bytes, in the form that the cache holds.

Little-endian numbers, one column after another: number of products m and of interactions n (4 bytes each); n times
(float64); m hashes of ids, lengths of ids in bytes, and numbers of interactions (uint32); n codes of kinds (uint8); the
ids in UTF-8. Products are in the order of the hashes.
"""

import struct

import numpy as np
from numpy.typing import NDArray

from recommender import kernels
from recommender.interactions import KINDS, Interactions
from recommender.product_ids import IdLookup, StringTable
from service.shoppers.records import MAX_EPOCH_SECONDS

_COUNTS = struct.Struct("<II")
_CONTINUATION, _CONTINUATION_MASK = 0x80, 0xC0


def pack_interactions(interactions: Interactions) -> bytes:
    """The bytes of `interactions`."""
    if not interactions.lookup.is_ordered():
        interactions = Interactions.of(tuple(interactions))
    lookup = interactions.lookup
    products, count = len(lookup.ids), len(interactions)
    columns = (
        interactions.times.astype("<f8"),
        lookup.hashes.astype("<u4"),
        np.diff(lookup.ids.offsets).astype("<u4"),
        np.bincount(interactions.products, minlength=products).astype("<u4"),
        interactions.kinds,
        lookup.ids.data,
    )
    return b"".join([_COUNTS.pack(products, count), *(column.tobytes() for column in columns)])


def unpack_interactions(packed: bytes) -> Interactions:
    """The interactions of `packed`, as views of it.

    Raises:
        ValueError: `packed` has another form, or holds impossible values.
    """
    try:
        products, count = _COUNTS.unpack_from(packed)
    except struct.error as error:
        raise ValueError(str(error)) from None
    kinds_begin = _COUNTS.size + 8 * count + 12 * products
    times = np.frombuffer(packed, "<f8", count, _COUNTS.size)
    numbers = np.frombuffer(packed, "<u4", 3 * products, _COUNTS.size + 8 * count).reshape(3, products)
    kinds = np.frombuffer(packed, np.uint8, count, kinds_begin)
    data = np.frombuffer(packed, np.uint8, offset=kinds_begin + count)
    offsets, rows = kernels.profiles.expand(times, numbers, kinds, len(data), MAX_EPOCH_SECONDS, len(KINDS))
    _check_texts(data, offsets)
    lookup = IdLookup(numbers[0], np.arange(products, dtype=np.int32), StringTable(offsets, data))
    return Interactions(lookup, rows, times, kinds)


def _check_texts(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> None:
    """Raises ValueError unless every id is UTF-8."""
    if str(data.data, "utf-8", "surrogatepass").isascii():
        return
    begins = data[offsets[:-1][offsets[:-1] < len(data)]]
    if (begins & _CONTINUATION_MASK == _CONTINUATION).any():
        raise ValueError("an id begins inside a character")
