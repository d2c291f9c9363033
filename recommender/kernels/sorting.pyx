# distutils: language = c++
"""Sorts rows, by their numbers or by their scores."""

from libc.stdint cimport int32_t, uint64_t
from libcpp.algorithm cimport nth_element, sort

from recommender.kernels.bitmaps cimport first_bit, has, mark
from recommender.kernels.rows cimport check_rows

import numpy as np

cdef extern from *:
    """
    struct Placed {
        float score;
        int32_t place;
        bool operator<(const Placed &other) const {  // Best first. Of equal ones the first.
            return score != other.score ? score > other.score : place < other.place;
        }
    };
    """
    cdef cppclass Placed:
        float score
        int32_t place

cdef uint64_t[::1] _present = np.zeros(0, dtype=np.uint64)  # It is zero between calls.


def best_first(const int32_t[::1] rows, const float[::1] scores, Py_ssize_t most):
    """The best `most` rows with their scores, best first. Of equal ones the first. Scores are no NaN."""
    cdef Py_ssize_t i, length = rows.shape[0], count = min(most, rows.shape[0])
    if length != scores.shape[0]:
        raise ValueError("rows and scores differ in length")
    best, values = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.float32)
    if not count:
        return best, values
    cdef char[::1] buffer = np.empty(length * sizeof(Placed), dtype=np.int8)
    cdef Placed *placed = <Placed *> &buffer[0]
    cdef int32_t[::1] rows_view = best
    cdef float[::1] scores_view = values
    for i in range(length):
        placed[i].score, placed[i].place = scores[i], <int32_t>i
    if count < length:
        nth_element(placed, placed + count, placed + length)
    sort(placed, placed + count)
    for i in range(count):
        rows_view[i], scores_view[i] = rows[placed[i].place], placed[i].score
    return best, values


def union(const int32_t[::1] rows, Py_ssize_t end):
    """`rows`, all below `end`, ascending and each once."""
    global _present
    cdef Py_ssize_t i, count = 0, place = 0, word
    cdef uint64_t bits
    check_rows(rows, end)
    if end // 64 >= _present.shape[0]:
        _present = np.zeros(end // 64 + 1, dtype=np.uint64)
    for i in range(rows.shape[0]):
        count += not has(_present, rows[i])
        mark(_present, rows[i])
    found = np.empty(count, dtype=np.int32)
    cdef int32_t[::1] view = found
    for word in range(end // 64 + 1):
        bits = _present[word]
        _present[word] = 0
        while bits:
            view[place] = <int32_t>(64 * word + first_bit(bits))
            bits &= bits - 1
            place += 1
    return found
