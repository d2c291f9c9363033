# distutils: language = c++
"""Loops over the columns of a profile. All arrays may be read-only."""

from libc.math cimport INFINITY, exp2, floor, log2, sqrt
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libcpp.algorithm cimport sort

import numpy as np

cdef extern from *:
    """
    struct Dated {
        double time, strength;
        int32_t row;
        bool operator<(const Dated &other) const {  // Newest first, then by row.
            return time != other.time ? time > other.time : row < other.row;
        }
    };

    struct Visit {
        int32_t row;
        double time;
        bool operator<(const Visit &other) const {
            return row != other.row ? row < other.row : time < other.time;
        }
    };
    """
    cdef cppclass Dated:
        double time
        double strength
        int32_t row

    cdef cppclass Visit:
        int32_t row
        double time


def history(
    const int32_t[::1] products,
    const double[::1] times,
    const uint8_t[::1] kinds,
    const int32_t[::1] row_of,
    const double[::1] strengths,
    double half_life,
    Py_ssize_t indexed,
    Py_ssize_t limit,
    uint8_t purchase,
):
    """Rows and weights of a history, newest first, and the known rows that were bought; see `profiles.history_of`.

    Args:
        products, times, kinds: columns of interactions, those of one product together; shape (n,).
        row_of: row of each product, −1 if it is unknown.
        strengths: weight of each kind, 0 if it has none.
        half_life: of a weight, in the unit of `times`.
        indexed: end of the rows that have a vector.
        limit: maximum number of rows.
        purchase: the kind of purchases.
    """
    cdef Py_ssize_t i, count = 0, owned = 0, length = products.shape[0]
    cdef int32_t product
    cdef double best, value, total = 0.0
    cdef bint is_bought
    cdef Dated newest
    cdef double[256] logarithms
    if not length == times.shape[0] == kinds.shape[0]:
        raise ValueError("columns differ in length")
    for i in range(min(strengths.shape[0], 256)):
        logarithms[i] = log2(strengths[i])  # −∞ without a weight
    buffer = np.empty(length * sizeof(Dated), dtype=np.uint8)
    bought = np.empty(length, dtype=np.int32)
    cdef uint8_t[::1] bytes_view = buffer
    cdef int32_t[::1] bought_view = bought
    cdef Dated *dated = <Dated *> &bytes_view[0] if length else NULL
    i = 0
    while i < length:
        product, best, is_bought = products[i], -INFINITY, False
        if not 0 <= product < row_of.shape[0]:
            raise IndexError(f"product {product} is not below {row_of.shape[0]}")
        while i < length and products[i] == product:
            if kinds[i] >= strengths.shape[0]:
                raise IndexError(f"kind {kinds[i]} is not below {strengths.shape[0]}")
            value = logarithms[kinds[i]] + times[i] / half_life
            if value > best:
                best = value
                newest.time, newest.strength = times[i], strengths[kinds[i]]
            is_bought = is_bought or kinds[i] == purchase
            i += 1
        newest.row = row_of[product]
        if newest.row < 0:
            continue
        if is_bought:
            bought_view[owned] = newest.row
            owned += 1
        if best > -INFINITY and newest.row < indexed:
            dated[count] = newest
            count += 1
    sort(dated, dated + count)
    count = min(count, limit)
    rows, weights = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.float32)
    cdef int32_t[::1] rows_view = rows
    cdef float[::1] weights_view = weights
    for i in range(count):
        # Ages count from the latest interaction, so that weights do not underflow after years of absence.
        dated[i].strength *= exp2((dated[i].time - dated[0].time) / half_life)
        total += dated[i].strength
    for i in range(count):
        rows_view[i] = dated[i].row
        weights_view[i] = <float>(dated[i].strength / sqrt(total))
    return rows, weights, np.sort(bought[:owned])


def visits(
    const int32_t[::1] products,
    const double[::1] times,
    const uint8_t[::1] kinds,
    const int32_t[::1] row_of,
    uint8_t purchase,
    double day,
):
    """The days on which known products were bought, by row and time.

    Returns the row, the number of the day, and the time of the last purchase on it. `day` is its length.
    """
    cdef Py_ssize_t i, count = 0, days = 0, length = products.shape[0]
    cdef double number, before = 0.0
    if not length == times.shape[0] == kinds.shape[0]:
        raise ValueError("columns differ in length")
    cdef uint8_t[::1] buffer = np.empty(length * sizeof(Visit), dtype=np.uint8)
    cdef Visit *bought = <Visit *> &buffer[0] if length else NULL
    for i in range(length):
        if not 0 <= products[i] < row_of.shape[0]:
            raise IndexError(f"product {products[i]} is not below {row_of.shape[0]}")
        if kinds[i] == purchase and row_of[products[i]] >= 0:
            bought[count].row, bought[count].time = row_of[products[i]], times[i]
            count += 1
    sort(bought, bought + count)
    rows, numbers = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int64)
    last = np.empty(count, dtype=np.float64)
    cdef int32_t[::1] rows_view = rows
    cdef int64_t[::1] numbers_view = numbers
    cdef double[::1] last_view = last
    for i in range(count):
        number = floor(bought[i].time / day)
        if number * day > bought[i].time:
            number -= 1.0  # The quotient was rounded up.
        if not i or bought[i].row != bought[i - 1].row or number != before:
            days += 1
        rows_view[days - 1], numbers_view[days - 1], last_view[days - 1] = bought[i].row, <int64_t>number, bought[i].time
        before = number
    return rows[:days], numbers[:days], last[:days]


def median_steps(const int64_t[::1] days, const int32_t[::1] counts):
    """The median of the steps between the days of each product, NaN for a single day.

    Args:
        days: of all products, one product after another, ascending within each.
        counts: number of days per product; shape (m,).
    """
    cdef Py_ssize_t i, j, count, start = 0
    cdef int64_t[::1] steps = np.empty(days.shape[0] + 1, dtype=np.int64)
    medians = np.full(counts.shape[0], np.nan)
    cdef double[::1] view = medians
    for i in range(counts.shape[0]):
        count = counts[i]
        if not 0 <= count <= days.shape[0] - start:
            raise IndexError(f"count {count} is beyond the days")
        for j in range(1, count):
            steps[j - 1] = days[start + j] - days[start + j - 1]
        if count > 1:
            sort(&steps[0], &steps[0] + (count - 1))
            view[i] = (steps[(count - 2) // 2] + steps[(count - 1) // 2]) / 2.0
        start += count
    return medians


def ignored(
    const int32_t[::1] products,
    const double[::1] times,
    const uint8_t[::1] kinds,
    const double[::1] strengths,
    uint8_t impression,
    Py_ssize_t least,
):
    """The products with at least `least` impressions since their last interaction of a kind with a strength."""
    cdef Py_ssize_t start = 0, end = 0, i, since, count = 0, length = products.shape[0]
    cdef double last
    if not length == times.shape[0] == kinds.shape[0]:
        raise ValueError("columns differ in length")
    found = np.empty(length, dtype=np.int32)
    cdef int32_t[::1] view = found
    while start < length:
        last, since = -INFINITY, 0
        while end < length and products[end] == products[start]:
            if kinds[end] >= strengths.shape[0]:
                raise IndexError(f"kind {kinds[end]} is not below {strengths.shape[0]}")
            if strengths[kinds[end]] > 0 and times[end] > last:
                last = times[end]
            end += 1
        for i in range(start, end):
            since += kinds[i] == impression and times[i] > last
        if since >= least:
            view[count] = products[start]
            count += 1
        start = end
    return found[:count]
