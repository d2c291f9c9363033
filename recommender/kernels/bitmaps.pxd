"""Sets of rows, a bit for each row."""

from libc.stdint cimport int32_t, uint64_t

cdef extern from *:
    int first_bit "__builtin_ctzll"(uint64_t word) noexcept


cdef inline bint has(const uint64_t[::1] bitmap, int32_t row) noexcept:
    return bitmap[row >> 6] >> (row & 63) & 1


cdef inline void mark(uint64_t[::1] bitmap, int32_t row) noexcept:
    bitmap[row >> 6] |= <uint64_t>1 << (row & 63)


cdef inline void unmark(uint64_t[::1] bitmap, int32_t row) noexcept:
    bitmap[row >> 6] &= ~(<uint64_t>1 << (row & 63))


cdef inline void mark_all(uint64_t[::1] bitmap, const int32_t[::1] rows) noexcept:
    cdef Py_ssize_t i
    for i in range(rows.shape[0]):
        mark(bitmap, rows[i])


cdef inline void unmark_all(uint64_t[::1] bitmap, const int32_t[::1] rows) noexcept:
    cdef Py_ssize_t i
    for i in range(rows.shape[0]):
        unmark(bitmap, rows[i])
