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

    cdef int start(self, const int32_t[::1] used_groups, const int32_t[::1] shown, Py_ssize_t places) except -1:
        """Begins a page that shows `shown` already, after pages with the texts `used_groups`."""
        cdef Py_ssize_t i, size = used_groups.shape[0] + shown.shape[0] + places
        self.groups, self.codes = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32)
        for i in range(used_groups.shape[0]):
            self.groups[i] = used_groups[i]
        self.group_count, self.code_count = used_groups.shape[0], 0
        self.colds = self.twins = 0
        for i in range(shown.shape[0]):
            if not self.is_own(shown[i]):
                self.add(shown[i])
        return 0

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
    cdef Py_ssize_t i, on_page = 0, deferred = 0, surplus = 0
    check_rows(rows, groups_of.shape[0])
    check_rows(shown, groups_of.shape[0])
    cdef _Caps caps = _Caps()
    caps.groups_of, caps.codes_of, caps.warm, caps.indexed = groups_of, codes_of, warm, indexed
    caps.bought, caps.bought_groups = bought, bought_groups
    caps.category_cap, caps.cold_cap, caps.twin_cap = category_cap, cold_cap, twin_cap
    caps.text_cap = text_cap
    caps.start(used_groups, shown, max(places, 1))
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


def cold_places(
    const int32_t[::1] rows,
    const int32_t[::1] page,
    const int32_t[::1] replaceable,
    const int32_t[::1] candidates,
    Py_ssize_t missing,
    const int32_t[::1] groups_of,
    const int32_t[::1] codes_of,
    const int32_t[::1] bought,
    const int32_t[::1] bought_groups,
    const int32_t[::1] shown,
    const int32_t[::1] used_groups,
    Py_ssize_t category_cap,
    Py_ssize_t text_cap,
):
    """The first of `candidates` that fit on a page, see `reranking.reserve_cold_places`.

    Each replaces the last of `replaceable` that is left. A text of `bought_groups` does not fit. `page`, `replaceable`
    and `candidates` are positions in `rows`, and `page` holds all of `replaceable`, in the same order. `bought` and
    `bought_groups` are ascending. `used_groups` are the texts of earlier pages.
    """
    cdef Py_ssize_t i, added = 0, last = replaceable.shape[0] - 1
    cdef bint is_counted = False
    check_rows(rows, groups_of.shape[0])
    check_rows(shown, groups_of.shape[0])
    cdef _Caps caps = _Caps()
    caps.groups_of, caps.codes_of, caps.warm, caps.indexed = groups_of, codes_of, 0, 0
    caps.bought, caps.bought_groups = bought, bought_groups
    caps.category_cap, caps.cold_cap, caps.twin_cap = category_cap, 1, 0
    caps.text_cap = text_cap
    missing = min(missing, replaceable.shape[0])
    found = np.empty(max(missing, 0), dtype=np.int32)
    cdef int32_t[::1] view = found
    for i in range(candidates.shape[0]):
        if added >= missing:
            break
        if not is_counted:
            _count_page(caps, rows, page, replaceable[last - added:], view[:added], used_groups, shown)
            is_counted = True
        if not caps.is_another_full(rows[candidates[i]]):
            view[added] = candidates[i]
            added += 1
            is_counted = False
    return found[:added]


cdef int _count_page(
    _Caps caps,
    const int32_t[::1] rows,
    const int32_t[::1] page,
    const int32_t[::1] gone,
    const int32_t[::1] added,
    const int32_t[::1] used_groups,
    const int32_t[::1] shown,
) except -1:
    """Counts what a page shows after `gone`, its last replaceable positions, gave way to `added`."""
    cdef Py_ssize_t i, left = gone.shape[0]
    caps.start(used_groups, shown, page.shape[0] + added.shape[0])
    for i in range(page.shape[0] - 1, -1, -1):
        if left and page[i] == gone[left - 1]:
            left -= 1
        elif not caps.is_own(rows[page[i]]):
            caps.add(rows[page[i]])
    for i in range(added.shape[0]):
        if not caps.is_own(rows[added[i]]):
            caps.add(rows[added[i]])
    return 0


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
