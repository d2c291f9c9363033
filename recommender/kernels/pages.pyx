"""Loops over the rows of a page."""

from libc.stdint cimport int32_t, uint8_t

from recommender.kernels.rows cimport check_rows, first_place

import numpy as np

cdef enum:
    # Marks of positions in the ranking while places are reserved.
    COLD_LEFT = 1
    COLD_ON_PAGE = 2


cdef class PageCaps:
    """The caps of one page, see `reranking.apply_caps`.

    Args:
        groups_of, codes_of, models_of: text, category and model of each row, −1 without one.
        warm, indexed: rows between them are cold.
        bought: rows of the shopper's history, ascending. No cap applies to them.
        shown: rows that are already on the page.
        earlier: rows of earlier pages, whose texts count.
        category_cap, cold_cap, twin_cap, text_cap, model_cap: maximum number of items on the page.
    """

    cdef const int32_t[::1] groups_of, codes_of, models_of, bought, shown, earlier, bought_groups
    cdef Py_ssize_t warm, indexed, category_cap, cold_cap, twin_cap, text_cap, model_cap
    cdef int32_t[::1] groups, codes, models  # of the products that count
    cdef Py_ssize_t group_count, code_count, model_count, colds, twins

    def __init__(
        self,
        const int32_t[::1] groups_of,
        const int32_t[::1] codes_of,
        const int32_t[::1] models_of,
        Py_ssize_t warm,
        Py_ssize_t indexed,
        *,
        const int32_t[::1] bought,
        const int32_t[::1] shown,
        const int32_t[::1] earlier,
        Py_ssize_t category_cap,
        Py_ssize_t cold_cap,
        Py_ssize_t twin_cap,
        Py_ssize_t text_cap,
        Py_ssize_t model_cap,
    ):
        cdef Py_ssize_t i
        check_rows(bought, groups_of.shape[0])
        check_rows(shown, groups_of.shape[0])
        check_rows(earlier, groups_of.shape[0])
        if not codes_of.shape[0] == models_of.shape[0] == groups_of.shape[0]:
            raise ValueError("texts, categories and models differ in length")
        self.groups_of, self.codes_of, self.models_of = groups_of, codes_of, models_of
        self.warm, self.indexed = warm, indexed
        self.bought, self.shown, self.earlier = bought, shown, earlier
        self.category_cap, self.cold_cap, self.twin_cap = category_cap, cold_cap, twin_cap
        self.text_cap, self.model_cap = text_cap, model_cap
        groups = np.empty(bought.shape[0], dtype=np.int32)
        cdef int32_t[::1] view = groups
        for i in range(bought.shape[0]):
            view[i] = groups_of[bought[i]]
        groups.sort()
        self.bought_groups = groups

    def fill(self, const int32_t[::1] rows, const float[::1] scores, Py_ssize_t places, float floor):
        """The positions in `rows` that fill `places` of a page, best first.

        `rows` are ranked by `scores`, best first. Only those from `floor` times the score of the last place on displace
        a better one over a cap.
        """
        cdef Py_ssize_t i, end, size = rows.shape[0], on_page = 0, deferred = 0, surplus = 0
        self._check(rows, scores)
        end = _comparable(scores, places, floor)
        self._start(max(places, 1))
        positions = np.empty((3, end), dtype=np.int32)
        cdef int32_t[:, ::1] view = positions
        for i in range(end):
            if on_page >= places:
                break
            if self._is_own(rows[i]):
                pass  # A product that the shopper buys regularly is not repetition.
            elif self._is_cold(rows[i]) and self.colds >= self.cold_cap:
                view[2, surplus] = <int32_t>i
                surplus += 1
                continue
            elif self._is_full(rows[i], self.twin_cap):
                view[1, deferred] = <int32_t>i
                deferred += 1
                continue
            else:
                self._add(rows[i])
            view[0, on_page] = <int32_t>i
            on_page += 1
        if on_page >= places:
            return positions[0, :on_page]
        rest = np.arange(end, size, dtype=np.int32)
        is_cold = (np.asarray(rows[end:]) >= self.warm) & (np.asarray(rows[end:]) < self.indexed)
        parts = (positions[0, :on_page], positions[1, :deferred], rest[~is_cold], positions[2, :surplus], rest[is_cold])
        return np.concatenate(parts)[:max(places, 0)]

    def reserve(
        self,
        const int32_t[::1] rows,
        const float[::1] scores,
        const int32_t[::1] page,
        Py_ssize_t places,
        float floor,
    ):
        """The positions of `page` with its last items replaced by cold ones, until `places` are cold.

        Cold ones below `floor` times the score of the page's last item, over a cap, or with a bought text are not
        added. `page` and the result are positions in `rows`.
        """
        cdef Py_ssize_t i, added = 0, replaceable = 0, missing = min(places, page.shape[0])
        cdef bint is_counted = False
        self._check(rows, scores)
        check_rows(page, rows.shape[0])
        if missing <= 0:
            return np.asarray(page)
        cdef float lowest = floor * scores[page[page.shape[0] - 1]]
        cdef uint8_t[::1] marks = np.zeros(rows.shape[0], dtype=np.uint8)
        for i in range(rows.shape[0]):
            marks[i] = COLD_LEFT if self._is_cold(rows[i]) and scores[i] >= lowest else 0
        for i in range(page.shape[0]):
            if marks[page[i]]:
                marks[page[i]] = COLD_ON_PAGE
                missing -= 1
            else:
                replaceable += 1
        missing = min(missing, replaceable)
        if missing <= 0:
            return np.asarray(page)
        found = np.empty(missing, dtype=np.int32)
        cdef int32_t[::1] view = found
        for i in range(rows.shape[0]):
            if added >= missing:
                break
            if marks[i] != COLD_LEFT:
                continue
            if not is_counted:
                self._count(rows, page, marks, replaceable - added - 1, view[:added])
                is_counted = True
            if not self._is_full(rows[i], 0):
                view[added] = <int32_t>i
                added += 1
                is_counted = False
        return np.concatenate([_kept(page, marks, replaceable - added), found[:added]])

    cdef int _check(self, const int32_t[::1] rows, const float[::1] scores) except -1:
        check_rows(rows, self.groups_of.shape[0])
        if rows.shape[0] != scores.shape[0]:
            raise ValueError(f"{rows.shape[0]} rows have {scores.shape[0]} scores")
        return 0

    cdef int _start(self, Py_ssize_t places) except -1:
        """Begins to count what the page shows."""
        cdef Py_ssize_t i, size = self.earlier.shape[0] + self.shown.shape[0] + places
        self.groups, self.codes = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32)
        self.models = np.empty(size, dtype=np.int32)
        for i in range(self.earlier.shape[0]):
            self.groups[i] = self.groups_of[self.earlier[i]]
        self.group_count, self.code_count, self.model_count = self.earlier.shape[0], 0, 0
        self.colds = self.twins = 0
        for i in range(self.shown.shape[0]):
            if not self._is_own(self.shown[i]):
                self._add(self.shown[i])
        return 0

    cdef int _count(
        self,
        const int32_t[::1] rows,
        const int32_t[::1] page,
        const uint8_t[::1] marks,
        Py_ssize_t kept,
        const int32_t[::1] added,
    ) except -1:
        """Counts the page with its first `kept` replaceable items, its cold ones and `added`."""
        cdef Py_ssize_t i
        self._start(page.shape[0] + added.shape[0])
        for i in range(page.shape[0]):
            if marks[page[i]] != COLD_ON_PAGE:
                kept -= 1
                if kept < 0:
                    continue
            if not self._is_own(rows[page[i]]):
                self._add(rows[page[i]])
        for i in range(added.shape[0]):
            if not self._is_own(rows[added[i]]):
                self._add(rows[added[i]])
        return 0

    cdef void _add(self, int32_t row) noexcept:
        cdef int32_t group = self.groups_of[row], code = self.codes_of[row], model = self.models_of[row]
        self.colds += self._is_cold(row)
        self.twins += self._is_twin(group)
        if group >= 0:
            self.groups[self.group_count] = group
            self.group_count += 1
        if code >= 0:
            self.codes[self.code_count] = code
            self.code_count += 1
        if model >= 0:
            self.models[self.model_count] = model
            self.model_count += 1

    cdef bint _is_own(self, int32_t row) noexcept:
        return _contains(self.bought, row)

    cdef bint _is_cold(self, int32_t row) noexcept:
        return self.warm <= row < self.indexed

    cdef bint _is_twin(self, int32_t group) noexcept:
        return group >= 0 and _contains(self.bought_groups, group)

    cdef bint _is_full(self, int32_t row, Py_ssize_t twin_cap) noexcept:
        """True if the caps of the text, the twins, the model or the category have no place for the product."""
        cdef int32_t group = self.groups_of[row], code = self.codes_of[row], model = self.models_of[row]
        if group >= 0 and _count_of(self.groups, self.group_count, group) >= self.text_cap:
            return True
        if self._is_twin(group) and self.twins >= twin_cap:
            return True
        if model >= 0 and _count_of(self.models, self.model_count, model) >= self.model_cap:
            return True
        return code >= 0 and _count_of(self.codes, self.code_count, code) >= self.category_cap


cdef Py_ssize_t _comparable(const float[::1] scores, Py_ssize_t places, float floor) noexcept:
    """Number of descending scores from `floor` times that of the last place on."""
    cdef Py_ssize_t end = 0
    cdef float lowest
    if scores.shape[0] <= places or places < 1:
        return scores.shape[0]
    lowest = floor * scores[places - 1]
    while end < scores.shape[0] and scores[end] >= lowest:
        end += 1
    return end


cdef _kept(const int32_t[::1] page, const uint8_t[::1] marks, Py_ssize_t replaceable):
    """The cold items of `page` and the first `replaceable` others, in its order."""
    cdef Py_ssize_t i, count = 0
    kept = np.empty(page.shape[0], dtype=np.int32)
    cdef int32_t[::1] view = kept
    for i in range(page.shape[0]):
        if marks[page[i]] != COLD_ON_PAGE:
            replaceable -= 1
            if replaceable < 0:
                continue
        view[count] = page[i]
        count += 1
    return kept[:count]


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


cdef Py_ssize_t _count_of(const int32_t[::1] values, Py_ssize_t size, int32_t value) noexcept:
    cdef Py_ssize_t i, count = 0
    for i in range(size):
        count += values[i] == value
    return count
