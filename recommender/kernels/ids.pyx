"""Finds the rows of product ids, without a dictionary. All arrays may be read-only.

Known ids are given by their hashes, ascending, the row of each hash, and the strings by row: `data` from one of `offsets`
to the next.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.string cimport memcmp

from recommender.kernels.rows cimport first_place

from zlib import crc32

import numpy as np


def find(
    const uint32_t[::1] hashes,
    const int32_t[::1] rows,
    const int64_t[::1] offsets,
    const uint8_t[::1] data,
    list asked,
):
    """The row of each of the `asked` bytes, −1 if they are unknown."""
    cdef Py_ssize_t i
    cdef uint32_t digest
    cdef bytes raw
    found = np.empty(len(asked), dtype=np.int32)
    cdef int32_t[::1] view = found
    for i in range(view.shape[0]):
        raw = asked[i]
        digest = crc32(raw)
        view[i] = _row(
            hashes, rows, offsets, data, first_place(hashes, digest), digest, <const uint8_t *><const char *>raw, len(raw)
        )
    return found


def find_all(
    const uint32_t[::1] hashes,
    const int32_t[::1] rows,
    const int64_t[::1] offsets,
    const uint8_t[::1] data,
    const uint32_t[::1] asked_hashes,
    const int32_t[::1] asked_rows,
    const int64_t[::1] asked_offsets,
    const uint8_t[::1] asked_data,
):
    """The row of each asked id, −1 if it is unknown, in the order of the asked rows.

    Asked ids are given as known ones are.
    """
    cdef Py_ssize_t i, place = 0
    cdef int64_t begin, end
    cdef int32_t asked
    found = np.full(asked_offsets.shape[0] - 1, -1, dtype=np.int32)
    cdef int32_t[::1] view = found
    for i in range(asked_hashes.shape[0]):
        asked = asked_rows[i]
        if not 0 <= asked < view.shape[0]:
            raise IndexError(f"row {asked} is not below {view.shape[0]}")
        begin, end = asked_offsets[asked], asked_offsets[asked + 1]
        if not 0 <= begin <= end <= asked_data.shape[0]:
            raise IndexError(f"string {asked} is outside of the data")
        # The asked hashes ascend, so each is found after the one before.
        place = first_place(hashes, asked_hashes[i], place)
        view[asked] = _row(
            hashes,
            rows,
            offsets,
            data,
            place,
            asked_hashes[i],
            &asked_data[begin] if end > begin else NULL,
            end - begin,
        )
    return found


cdef int32_t _row(
    const uint32_t[::1] hashes,
    const int32_t[::1] rows,
    const int64_t[::1] offsets,
    const uint8_t[::1] data,
    Py_ssize_t place,
    uint32_t digest,
    const uint8_t *raw,
    Py_ssize_t length,
) noexcept:
    """The row whose id is `raw`, of those whose hash is `digest`, which begin at `place`."""
    cdef int64_t begin
    while place < hashes.shape[0] and hashes[place] == digest:
        begin = offsets[rows[place]]
        if offsets[rows[place] + 1] - begin == length and (not length or not memcmp(&data[begin], raw, length)):
            return rows[place]
        place += 1
    return -1
