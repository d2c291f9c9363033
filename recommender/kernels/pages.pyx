"""Loops over the rows of a page."""

from libc.stdint cimport int32_t, uint8_t

from recommender.kernels.rows cimport check_rows, first_place

import numpy as np


cdef class _Caps:
    """Counts the kinds of the products on a page, and compares them with their caps."""

    cdef const int32_t[::1] groups_of, codes_of, bought, bought_groups
    cdef Py_ssize_t warm, indexed, category_cap, cold_cap, twin_cap, text_cap
    cdef int32_t[::1] groups, codes  # of the products that count
    cdef Py_ssize_t group_count, code_count, colds, twins

    cdef bint is_own(self, int32_t row) noexcept:
        return _contains(self.bought, row)

    cdef bint is_cold(self, int32_t row) noexcept:
        return self.warm <= row < self.indexed

    cdef bint is_twin(self, int32_t group) noexcept:
        return group >= 0 and _contains(self.bought_groups, group)

    cdef bint are_colds_full(self, int32_t row) noexcept:
        return self.is_cold(row) and self.colds >= self.cold_cap

    cdef bint is_another_full(self, int32_t row) noexcept:
        """True if the caps of the text, the twins or the category have no place for the product."""
        cdef int32_t group = self.groups_of[row], code = self.codes_of[row]
        if group >= 0 and _count(self.groups, self.group_count, group) >= self.text_cap:
            return True
        if self.is_twin(group) and self.twins >= self.twin_cap:
            return True
        return code >= 0 and _count(self.codes, self.code_count, code) >= self.category_cap

    cdef void add(self, int32_t row) noexcept:
        cdef int32_t group = self.groups_of[row], code = self.codes_of[row]
        self.colds += self.is_cold(row)
        self.twins += self.is_twin(group)
        if group >= 0:
            self.groups[self.group_count] = group
            self.group_count += 1
        if code >= 0:
            self.codes[self.code_count] = code
            self.code_count += 1


def fill_page(
    const int32_t[::1] rows,
    Py_ssize_t places,
    const int32_t[::1] groups_of,
    const int32_t[::1] codes_of,
    Py_ssize_t warm,
    Py_ssize_t indexed,
    const int32_t[::1] bought,
    const int32_t[::1] bought_groups,
    const int32_t[::1] shown,
    const int32_t[::1] used_groups,
    Py_ssize_t category_cap,
    Py_ssize_t cold_cap,
    Py_ssize_t twin_cap,
    Py_ssize_t text_cap,
):
    """Fills `places` from `rows` within the caps, see `reranking.apply_caps`.

    `bought` and `bought_groups` are ascending. `used_groups` are the texts of earlier pages.

    Returns three arrays of positions in `rows`: on the page, deferred by any cap but the cold one, deferred by that.
    """
    cdef Py_ssize_t i, size = used_groups.shape[0] + shown.shape[0] + max(places, 1)
    cdef Py_ssize_t on_page = 0, deferred = 0, surplus = 0
    check_rows(rows, groups_of.shape[0])
    check_rows(shown, groups_of.shape[0])
    cdef _Caps caps = _Caps()
    caps.groups_of, caps.codes_of, caps.warm, caps.indexed = groups_of, codes_of, warm, indexed
    caps.bought, caps.bought_groups = bought, bought_groups
    caps.category_cap, caps.cold_cap, caps.twin_cap = category_cap, cold_cap, twin_cap
    caps.text_cap = text_cap
    caps.groups, caps.codes = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32)
    for i in range(used_groups.shape[0]):
        caps.groups[i] = used_groups[i]
    caps.group_count = used_groups.shape[0]
    for i in range(shown.shape[0]):
        if not caps.is_own(shown[i]):
            caps.add(shown[i])
    positions = np.empty((3, rows.shape[0]), dtype=np.int32)
    cdef int32_t[:, ::1] view = positions
    for i in range(rows.shape[0]):
        if caps.is_own(rows[i]):
            pass  # A product that the shopper buys regularly is not repetition.
        elif caps.are_colds_full(rows[i]):
            view[2, surplus] = <int32_t>i
            surplus += 1
            continue
        elif caps.is_another_full(rows[i]):
            view[1, deferred] = <int32_t>i
            deferred += 1
            continue
        else:
            caps.add(rows[i])
        view[0, on_page] = <int32_t>i
        on_page += 1
        if on_page >= places:
            break
    return positions[0, :on_page], positions[1, :deferred], positions[2, :surplus]


def contains(const int32_t[::1] ascending, const int32_t[::1] rows):
    """Marks the members of `ascending` among `rows`. Shape (len(rows),)."""
    cdef Py_ssize_t i
    found = np.empty(rows.shape[0], dtype=np.bool_)
    cdef uint8_t[::1] view = found.view(np.uint8)
    for i in range(rows.shape[0]):
        view[i] = _contains(ascending, rows[i])
    return found


cdef bint _contains(const int32_t[::1] ascending, int32_t value) noexcept:
    cdef Py_ssize_t place = first_place(ascending, value)
    return place < ascending.shape[0] and ascending[place] == value


cdef Py_ssize_t _count(const int32_t[::1] values, Py_ssize_t size, int32_t value) noexcept:
    cdef Py_ssize_t i, count = 0
    for i in range(size):
        count += values[i] == value
    return count
