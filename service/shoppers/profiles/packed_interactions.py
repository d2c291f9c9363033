"""Interactions as bytes, in the form that the cache holds.

Little-endian numbers, one column after another: number of products m and of interactions n (4 bytes each); n times
(float64); m hashes of ids, lengths of ids in bytes, and numbers of interactions (uint32); n codes of kinds (uint8); the
ids in UTF-8. Products are in the order of the hashes.
"""

import numpy as np
from numpy.typing import NDArray

from recommender.interactions import KINDS, Interactions
from recommender.product_ids import IdLookup, StringTable
from service.shoppers.profiles.records import MAX_EPOCH_SECONDS

_HEADER = 8
_CONTINUATION, _CONTINUATION_MASK = 0x80, 0xC0


def pack_interactions(interactions: Interactions) -> bytes:
    """The bytes of `interactions`."""
    if not interactions.lookup.is_ordered():
        interactions = _ordered(interactions)
    lookup = interactions.lookup
    products, count = len(lookup.ids), len(interactions)
    columns = (
        np.array([products, count], dtype="<u4"),
        interactions.times.astype("<f8"),
        lookup.hashes.astype("<u4"),
        np.diff(lookup.ids.offsets).astype("<u4"),
        np.bincount(interactions.products, minlength=products).astype("<u4"),
        interactions.kinds,
        lookup.ids.data,
    )
    return b"".join(column.tobytes() for column in columns)


def _ordered(interactions: Interactions) -> Interactions:
    """The same interactions, with their products in the order of the hashes.

    Products without interactions are left out.
    """
    lookup, products = interactions.lookup, interactions.products
    is_used = np.zeros(len(lookup.ids), dtype=np.bool_)
    is_used[products] = True
    used = is_used[lookup.rows]
    rows = lookup.rows[used]
    place_of = np.empty(len(lookup.ids), dtype=np.int32)
    place_of[rows] = np.arange(len(rows), dtype=np.int32)
    places = place_of[products]
    order = np.argsort(places, kind="stable")
    ordered = IdLookup(lookup.hashes[used], np.arange(len(rows), dtype=np.int32), lookup.ids.take(rows))
    return Interactions(ordered, places[order], interactions.times[order], interactions.kinds[order])


def unpack_interactions(packed: bytes) -> Interactions:
    """The interactions of `packed`, as views of it.

    Raises:
        ValueError: `packed` has another form, or holds impossible values.
    """
    products, count = np.frombuffer(packed, "<u4", 2).tolist()
    times = np.frombuffer(packed, "<f8", count, _HEADER)
    numbers = np.frombuffer(packed, "<u4", 3 * products, _HEADER + times.nbytes).reshape(3, products)
    kinds = np.frombuffer(packed, np.uint8, count, _HEADER + times.nbytes + numbers.nbytes)
    data = np.frombuffer(packed, np.uint8, offset=_HEADER + times.nbytes + numbers.nbytes + count)
    offsets = np.zeros(products + 1, dtype=np.int64)
    np.cumsum(numbers[1], out=offsets[1:])
    if offsets[-1] != len(data) or int(numbers[2].sum()) != count:
        raise ValueError("the lengths do not fit")
    if count and not (np.abs(times).max() <= MAX_EPOCH_SECONDS and kinds.max() < len(KINDS)):
        raise ValueError("impossible time or kind")
    if not (numbers[0, 1:] >= numbers[0, :-1]).all():
        raise ValueError("the hashes are not in order")
    _check_texts(data, offsets)
    rows = np.arange(products, dtype=np.int32)
    lookup = IdLookup(numbers[0], rows, StringTable(offsets, data))
    return Interactions(lookup, np.repeat(rows, numbers[2]), times, kinds)


def _check_texts(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> None:
    """Raises ValueError unless every id is UTF-8."""
    if str(data.data, "utf-8", "surrogatepass").isascii():
        return
    begins = data[offsets[:-1][offsets[:-1] < len(data)]]
    if (begins & _CONTINUATION_MASK == _CONTINUATION).any():
        raise ValueError("an id begins inside a character")
