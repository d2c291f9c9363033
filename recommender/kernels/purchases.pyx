# distutils: language = c++
"""Loops over the purchases of a profile. All arrays may be read-only."""

from libc.math cimport NAN, floor, pow
from libc.stdint cimport int32_t, int64_t, uint8_t
from libcpp.algorithm cimport sort
from libcpp.vector cimport vector

import numpy as np

cdef extern from *:
    """
    struct Bought {
        int32_t row;
        int64_t day;
        double time;
        bool operator<(const Bought &other) const {
            return row != other.row ? row < other.row : day < other.day;
        }
    };
    """
    cdef cppclass Bought:
        int32_t row
        int64_t day
        double time


def bought_products(
    const int32_t[::1] products,
    const double[::1] times,
    const uint8_t[::1] kinds,
    const int32_t[::1] row_of,
    uint8_t purchase,
    double seconds_per_day,
    double half_life_days,
):
    """Known bought rows, ascending, each with its days, decayed days, last time and median interval in days.

    A day that is one half-life before the day of the latest purchase counts half. The interval between two purchases
    is NaN for a single day.

    Args:
        products, times, kinds: columns of interactions; shape (n,).
        row_of: row of each product, −1 if it is unknown.
        purchase: the kind of purchases.
        seconds_per_day: in the unit of `times`.
        half_life_days: of a purchase.
    """
    cdef Py_ssize_t i, end, length = products.shape[0]
    cdef int64_t latest = 0, day
    cdef Bought one
    cdef vector[Bought] bought
    cdef vector[int64_t] steps
    if not length == times.shape[0] == kinds.shape[0]:
        raise ValueError("columns differ in length")
    cdef bint is_first = True
    for i in range(length):
        if kinds[i] != purchase:
            continue
        if not 0 <= products[i] < row_of.shape[0]:
            raise IndexError(f"product {products[i]} is not below {row_of.shape[0]}")
        one.row, one.time, one.day = row_of[products[i]], times[i], <int64_t>floor(times[i] / seconds_per_day)
        if is_first or one.day > latest:
            latest, is_first = one.day, False
        if one.row >= 0:
            bought.push_back(one)
    sort(bought.begin(), bought.end())
    cdef Py_ssize_t count = 0, total = bought.size()
    for i in range(total):
        count += i == 0 or bought[i].row != bought[i - 1].row
    rows, days = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int32)
    values = np.empty(count, dtype=np.float32)
    last_times, intervals = np.empty(count), np.empty(count)
    cdef int32_t[::1] rows_view = rows, days_view = days
    cdef float[::1] values_view = values
    cdef double[::1] last_view = last_times, intervals_view = intervals
    cdef Py_ssize_t place = 0
    cdef double value, last
    i = 0
    while i < total:
        steps.clear()
        value, last, day, end = 0.0, bought[i].time, bought[i].day, i
        while end < total and bought[end].row == bought[i].row:
            last = max(last, bought[end].time)
            if end == i or bought[end].day != day:
                value += pow(0.5, (latest - bought[end].day) / half_life_days)
                if end > i:
                    steps.push_back(bought[end].day - day)
                day = bought[end].day
            end += 1
        rows_view[place], days_view[place], values_view[place] = bought[i].row, <int32_t>steps.size() + 1, <float>value
        last_view[place], intervals_view[place] = last, NAN
        if not steps.empty():
            sort(steps.begin(), steps.end())
            intervals_view[place] = (steps[(steps.size() - 1) // 2] + steps[steps.size() // 2]) / 2.0
        i = end
        place += 1
    return rows, days, values, last_times, intervals
