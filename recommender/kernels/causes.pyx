"""Loops of reasons and terms: how much each product of a history adds to the scores of a page."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from recommender.kernels.bitmaps cimport has, mark, unmark
from recommender.kernels.candidates cimport Model
from recommender.kernels.rows cimport check_rows
from recommender.kernels.vectors cimport dots, prefetch, prefetch_row

import numpy as np

# The rows on the page, and their places. Most columns are not on it, and bits of all rows stay in the cache.
cdef uint64_t[::1] _on_page = np.zeros(1, dtype=np.uint64)  # It is zero between calls.
cdef int32_t[::1] _place = np.zeros(0, dtype=np.int32)


cdef _reserve(Py_ssize_t rows):
    global _on_page, _place
    if rows > _place.shape[0]:
        _on_page = np.zeros(rows // 64 + 1, dtype=np.uint64)
        _place = np.zeros(rows, dtype=np.int32)


cdef class _TwoLargest:
    """The positions of the two largest positive values, −1 without one. Of equal ones the first."""

    cdef int32_t first, second
    cdef float largest, next_largest

    def __cinit__(self):
        self.first = self.second = -1

    cdef void offer(self, float value, int32_t position) noexcept:
        if value > self.largest:
            self.second, self.next_largest = self.first, self.largest
            self.first, self.largest = position, value
        elif value > self.next_largest:
            self.second, self.next_largest = position, value


def entries_between(Model model, const int32_t[::1] history, const int32_t[::1] rows):
    """The entry of each product of the history in the column of each of the distinct `rows`.

    Shape (len(rows), len(history)): E_ji, and B_ji for cold rows. 0 without an entry.
    """
    cdef Py_ssize_t i
    _check(model, history, rows)
    found = np.zeros((history.shape[0], rows.shape[0]), dtype=np.float32)
    cdef float[:, ::1] view = found
    _place_rows(rows, True)
    for i in range(history.shape[0]):
        _read_entries(model, history[i], rows, view[i])
    _place_rows(rows, False)
    return found.T


def main_causes(
    Model model,
    const int32_t[::1] history,
    const float[::1] factors,
    const int32_t[::1] rows,
    float share,
):
    """Positions in the history of each item's largest contributions, and these; both of shape (len(rows), 2).

    See `explanations.contributions`. −1 stands for none: no contribution is positive, or the second is smaller than
    `share` of the first.
    """
    cdef Py_ssize_t i, j, count = rows.shape[0], length = history.shape[0]
    cdef _TwoLargest best
    _check(model, history, rows)
    model._check_history(history, factors)
    positions, contributions = np.full((count, 2), -1, dtype=np.int32), np.zeros((count, 2), dtype=np.float32)
    if not count or not length:
        return positions, contributions
    cdef int32_t[:, ::1] view = positions
    cdef float[:, ::1] parts = contributions
    cdef float[:, ::1] items = np.asarray(model.item_vectors)[np.asarray(rows)]
    cdef float[:, ::1] entries = np.zeros((length, count), dtype=np.float32)
    cdef float[:, ::1] low_rank = np.empty((length, count), dtype=np.float32)
    cdef uint8_t[::1] borrowed = np.zeros(count, dtype=np.uint8)
    _place_rows(rows, True)
    for j in range(length):
        if j + 1 < length:
            prefetch_row(&model.query_vectors[history[j + 1], 0], model.dims)
            for i in range(model.indptr[history[j + 1]], model.indptr[history[j + 1] + 1], 16):
                prefetch(&model.indices[i])
        _read_entries(model, history[j], rows, entries[j])
        dots(&items[0, 0], count, &model.query_vectors[history[j], 0], model.dims, &low_rank[j, 0])
        for i in range(count):
            borrowed[i] |= rows[i] >= model.warm and entries[j, i] != 0
    _place_rows(rows, False)
    for i in range(count):
        best = _TwoLargest()
        for j in range(length):
            best.offer(
                factors[j] * (model.trend[rows[i]] * entries[j, i] + (0 if borrowed[i] else low_rank[j, i])), <int32_t>j
            )
        view[i, 0], parts[i, 0] = best.first, best.largest
        if best.second >= 0 and best.next_largest >= share * best.largest:
            view[i, 1], parts[i, 1] = best.second, best.next_largest
    return positions, contributions


def summed_weights(Model model, const int32_t[::1] products):
    """Σ_i B_ji of each of `products` j, shape (len(products),)."""
    cdef Py_ssize_t i
    cdef int64_t entry
    check_rows(products, model.indexed)
    sums = np.zeros(products.shape[0])
    cdef double[::1] view = sums
    for i in range(products.shape[0]):
        for entry in range(model.indptr[products[i]], model.indptr[products[i] + 1]):
            view[i] += model.weights[entry]
    return sums


cdef _check(Model model, const int32_t[::1] history, const int32_t[::1] rows):
    check_rows(history, model.indexed)
    check_rows(rows, model.indexed)
    _reserve(model.indexed)


cdef void _place_rows(const int32_t[::1] rows, bint present) noexcept:
    """Enters the places of `rows`, or removes them."""
    cdef Py_ssize_t i
    for i in range(rows.shape[0]):
        if present:
            mark(_on_page, rows[i])
            _place[rows[i]] = <int32_t>i
        else:
            unmark(_on_page, rows[i])


cdef void _read_entries(Model model, int32_t product, const int32_t[::1] rows, float[::1] found) noexcept:
    """Writes the entries of `product` in the columns of the placed `rows`."""
    cdef int64_t entry
    cdef int32_t place
    for entry in range(model.indptr[product], model.indptr[product + 1]):
        if has(_on_page, model.indices[entry]):
            place = _place[model.indices[entry]]
            found[place] = model.weights[entry] if rows[place] >= model.warm else model.residuals[entry]
