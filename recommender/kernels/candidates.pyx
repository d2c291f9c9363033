"""Loops of candidate generation and ranking. The arrays are those of a snapshot, which may be read-only.

A scratch of all rows is kept between calls and is zero then. Calls hold the interpreter's lock, so they do not overlap.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t

from recommender.kernels.rows cimport check_rows, first_place

import numpy as np

cdef extern from *:
    """
    #if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__GLIBC__)
    #define FOR_EACH_CPU __attribute__((target_clones("default", "arch=haswell")))
    #else
    #define FOR_EACH_CPU
    #endif

    FOR_EACH_CPU static float dot(const float *a, const float *b, Py_ssize_t length) {
        float sum = 0.0f;
        for (Py_ssize_t i = 0; i < length; i++) sum += a[i] * b[i];
        return sum;
    }

    /* Rows are far apart: while one is read, the next one is loaded. 16 numbers are a line of the cache. */
    static inline void prefetch_row(const float *row, Py_ssize_t length) {
        for (Py_ssize_t i = 0; i < length; i += 16) __builtin_prefetch(row + i);
    }

    FOR_EACH_CPU static void add_scaled(float *sum, const float *row, float factor, Py_ssize_t length) {
        for (Py_ssize_t i = 0; i < length; i++) sum[i] += factor * row[i];
    }
    """
    float dot(const float *a, const float *b, Py_ssize_t length) noexcept
    void add_scaled(float *total, const float *row, float factor, Py_ssize_t length) noexcept
    int first_bit "__builtin_ctzll"(uint64_t word) noexcept
    void prefetch_row(const float *row, Py_ssize_t length) noexcept
    void prefetch "__builtin_prefetch"(const void *address) noexcept

# The sums of weights and residuals of a column are neighbours in memory, because columns are visited in any order.
cdef double[:, ::1] _sums = np.zeros((0, 2))
cdef int32_t[::1] _place = np.zeros(0, dtype=np.int32)
cdef uint64_t[::1] _marks = np.zeros(0, dtype=np.uint64)


cdef _reserve(Py_ssize_t rows):
    """Makes the scratch long enough for rows below `rows`."""
    global _sums, _place, _marks
    if rows > _sums.shape[0]:
        _sums = np.zeros((rows, 2))
        _place = np.zeros(rows, dtype=np.int32)
        _marks = np.zeros(rows // 64 + 1, dtype=np.uint64)


def weighted_sum(const float[:, ::1] matrix, const int32_t[::1] rows, const float[::1] weights):
    """Σ_j weights_j · matrix[rows_j], shape (columns,)."""
    cdef Py_ssize_t i
    check_rows(rows, matrix.shape[0])
    total = np.zeros(matrix.shape[1], dtype=np.float32)
    cdef float[::1] view = total
    for i in range(rows.shape[0]):
        if i + 1 < rows.shape[0]:
            prefetch_row(&matrix[rows[i + 1], 0], matrix.shape[1])
        add_scaled(&view[0], &matrix[rows[i], 0], weights[i], matrix.shape[1])
    return total


def sum_neighbours(
    const int64_t[::1] indptr,
    const int32_t[::1] indices,
    const float[::1] weights,
    const float[::1] residuals,
    const int32_t[::1] rows,
    const float[::1] factors,
):
    """Sums the entries of `rows`, each row times its factor, by column.

    Returns the columns, ascending, and their sums of weights and residuals.
    """
    cdef Py_ssize_t i, count = 0, place = 0, word
    cdef int64_t entry
    cdef int32_t column
    cdef uint64_t bits, mark
    cdef double factor
    cdef Py_ssize_t end = indptr.shape[0] - 1
    check_rows(rows, end)
    _reserve(end)
    for i in range(rows.shape[0]):
        factor = factors[i]
        if i + 1 < rows.shape[0]:
            # Rows are short and far apart, so the next one is loaded during this one. 16 entries are a cache line.
            for entry in range(indptr[rows[i + 1]], indptr[rows[i + 1] + 1], 16):
                prefetch(&indices[entry])
                prefetch(&weights[entry])
                prefetch(&residuals[entry])
        for entry in range(indptr[rows[i]], indptr[rows[i] + 1]):
            column = indices[entry]
            mark = <uint64_t>1 << (column & 63)
            count += not _marks[column >> 6] & mark
            _marks[column >> 6] |= mark
            _sums[column, 0] += factor * weights[entry]
            _sums[column, 1] += factor * residuals[entry]
    found = np.empty(count, dtype=np.int32)
    weight, residual = np.empty(count, dtype=np.float32), np.empty(count, dtype=np.float32)
    cdef int32_t[::1] columns = found
    cdef float[::1] weight_view = weight, residual_view = residual
    for word in range(end // 64 + 1):
        bits = _marks[word]
        _marks[word] = 0
        while bits:
            column = <int32_t>(64 * word + first_bit(bits))
            bits &= bits - 1
            columns[place] = column
            weight_view[place] = <float>_sums[column, 0]
            residual_view[place] = <float>_sums[column, 1]
            _sums[column, 0] = _sums[column, 1] = 0.0
            place += 1
    return found, weight, residual


def largest(const int32_t[::1] rows, const float[::1] values, const float[::1] factors, Py_ssize_t count):
    """The `count` rows with the largest values_i · factors[rows_i], in no order. Of equal ones the first."""
    cdef Py_ssize_t i, size = 0
    check_rows(rows, factors.shape[0])
    kept = np.empty(min(count, rows.shape[0]), dtype=np.int32)
    if not len(kept):
        return kept
    cdef int32_t[::1] heap_rows = kept
    cdef float[::1] heap = np.empty(len(kept), dtype=np.float32)
    cdef Py_ssize_t capacity = heap.shape[0]
    cdef float value
    for i in range(rows.shape[0]):
        value = values[i] * factors[rows[i]]
        if size < capacity:
            _rise(heap, heap_rows, size, value, rows[i])
            size += 1
        elif value > heap[0]:
            _sink(heap, heap_rows, value, rows[i])
    return kept


cdef void _rise(float[::1] heap, int32_t[::1] rows, Py_ssize_t place, float value, int32_t row) noexcept:
    """Puts a value at the end of a heap, whose smallest value is the first."""
    cdef Py_ssize_t above
    while place:
        above = (place - 1) // 2
        if heap[above] <= value:
            break
        heap[place], rows[place] = heap[above], rows[above]
        place = above
    heap[place], rows[place] = value, row


cdef void _sink(float[::1] heap, int32_t[::1] rows, float value, int32_t row) noexcept:
    """Replaces the smallest value of a heap."""
    cdef Py_ssize_t place = 0, below = 1
    while below < heap.shape[0]:
        if below + 1 < heap.shape[0] and heap[below + 1] < heap[below]:
            below += 1
        if heap[below] >= value:
            break
        heap[place], rows[place] = heap[below], rows[below]
        place, below = below, 2 * below + 1
    heap[place], rows[place] = value, row


def union(const int32_t[::1] rows, Py_ssize_t end):
    """`rows`, all below `end`, ascending and each once."""
    cdef Py_ssize_t i, count = 0, place = 0, word
    cdef uint64_t bits, mark
    check_rows(rows, end)
    _reserve(end)
    for i in range(rows.shape[0]):
        mark = <uint64_t>1 << (rows[i] & 63)
        count += not _marks[rows[i] >> 6] & mark
        _marks[rows[i] >> 6] |= mark
    found = np.empty(count, dtype=np.int32)
    cdef int32_t[::1] view = found
    for word in range(end // 64 + 1):
        bits = _marks[word]
        _marks[word] = 0
        while bits:
            view[place] = <int32_t>(64 * word + first_bit(bits))
            bits &= bits - 1
            place += 1
    return found


def exact_scores(
    const float[:, ::1] item_vectors,
    const float[::1] trend,
    Py_ssize_t warm,
    const float[::1] query,
    const int32_t[::1] summed,
    const float[::1] weight,
    const float[::1] residual,
    const int32_t[::1] rows,
):
    """Scores of `rows`, see `ranking.exact_scores`.

    `summed` are the history's neighbours, ascending, with their sums of `weight` and `residual`.
    """
    cdef Py_ssize_t i, place
    cdef int32_t row
    cdef bint is_neighbour
    check_rows(rows, item_vectors.shape[0])
    scores = np.empty(rows.shape[0], dtype=np.float32)
    cdef float[::1] view = scores
    for i in range(rows.shape[0]):
        row = rows[i]
        if i + 1 < rows.shape[0]:
            prefetch_row(&item_vectors[rows[i + 1], 0], query.shape[0])
        place = first_place(summed, row)
        is_neighbour = place < summed.shape[0] and summed[place] == row
        if is_neighbour and row >= warm:
            view[i] = trend[row] * weight[place]
            continue
        view[i] = dot(&item_vectors[row, 0], &query[0], query.shape[0])
        if is_neighbour:
            view[i] += trend[row] * residual[place]
    return scores


def entries_between(
    const int64_t[::1] indptr,
    const int32_t[::1] indices,
    const float[::1] weights,
    const float[::1] residuals,
    Py_ssize_t warm,
    const int32_t[::1] history,
    const int32_t[::1] rows,
):
    """The entry of each product of the history in the column of each of the distinct `rows`.

    Shape (len(rows), len(history)): E_ji, and B_ji for cold rows. 0 without an entry.
    """
    cdef Py_ssize_t i, item
    cdef int64_t entry
    cdef Py_ssize_t end = indptr.shape[0] - 1
    check_rows(history, end)
    check_rows(rows, end)
    _reserve(end)
    found = np.zeros((rows.shape[0], history.shape[0]), dtype=np.float32)
    cdef float[:, ::1] view = found
    for item in range(rows.shape[0]):
        _place[rows[item]] = <int32_t>item + 1
    for i in range(history.shape[0]):
        for entry in range(indptr[history[i]], indptr[history[i] + 1]):
            item = _place[indices[entry]] - 1
            if item >= 0:
                view[item, i] = weights[entry] if rows[item] >= warm else residuals[entry]
    for item in range(rows.shape[0]):
        _place[rows[item]] = 0
    return found


def main_causes(
    const float[:, ::1] low_rank,
    const float[:, ::1] entries,
    const float[::1] weights,
    const float[::1] trend,
    Py_ssize_t warm,
    const int32_t[::1] rows,
    float share,
):
    """Positions in the history of each item's largest contributions, shape (len(rows), 2), see `explanations.causes`.

    −1 stands for none: no contribution is positive, or the second is smaller than `share` of the first.
    """
    cdef Py_ssize_t i, j, best, second
    cdef float value, largest, next_largest
    cdef bint is_borrowed
    check_rows(rows, trend.shape[0])
    found = np.full((rows.shape[0], 2), -1, dtype=np.int32)
    cdef int32_t[:, ::1] view = found
    for i in range(rows.shape[0]):
        is_borrowed = False
        if rows[i] >= warm:
            for j in range(weights.shape[0]):
                is_borrowed = is_borrowed or entries[i, j] != 0
        best = second = -1
        largest = next_largest = 0
        for j in range(weights.shape[0]):
            value = trend[rows[i]] * entries[i, j]
            if not is_borrowed:
                value += low_rank[i, j]
            value *= weights[j]
            if value > largest:
                second, next_largest = best, largest
                best, largest = j, value
            elif value > next_largest:
                second, next_largest = j, value
        view[i, 0] = <int32_t>best
        if second >= 0 and next_largest >= share * largest:
            view[i, 1] = <int32_t>second
    return found
