"""Loops of candidate generation and ranking over the arrays of a snapshot, which may be read-only.

A scratch of all rows is kept between calls and is zero then. Calls hold the interpreter's lock, so they do not overlap.
"""

from libc.math cimport NAN, isnan
from libc.stdint cimport int32_t, int64_t, uint64_t

from recommender.kernels.bitmaps cimport first_bit, has, mark, mark_all, unmark, unmark_all
from recommender.kernels.heaps cimport Best
from recommender.kernels.rows cimport check_rows
from recommender.kernels.vectors cimport add_scaled, dot, prefetch, prefetch_row

import numpy as np

cdef enum:
    AHEAD = 3  # Rows of vectors that are loaded before they are needed.
    ENTRIES_AHEAD = 16  # Sums that are loaded before they are needed.

# Long enough for a snapshot without products. The sums of weights and residuals of a column are neighbours in memory, because columns are visited in any order.
cdef double[:, ::1] _sums = np.zeros((1, 2))
cdef uint64_t[::1] _summed = np.zeros(1, dtype=np.uint64)
cdef uint64_t[::1] _chosen = np.zeros(1, dtype=np.uint64)


cdef _reserve(Py_ssize_t rows):
    """Makes the scratch long enough for rows below `rows`."""
    global _sums, _summed, _chosen
    if rows > _sums.shape[0]:
        _sums = np.zeros((rows, 2))
        _summed = np.zeros(rows // 64 + 1, dtype=np.uint64)
        _chosen = np.zeros(rows // 64 + 1, dtype=np.uint64)


cdef inline void _clear(int32_t row) noexcept:
    """Makes the sums of a row zero."""
    _sums[row, 0] = _sums[row, 1] = 0.0
    unmark(_summed, row)


cdef class Model:
    """The arrays of one snapshot that scores come from, see `Snapshot` and `SparseWeights`."""

    def __init__(self, item_vectors, query_vectors, trend, indptr, indices, weights, residuals, Py_ssize_t warm):
        self.item_vectors, self.query_vectors, self.trend = item_vectors, query_vectors, trend
        self.indptr, self.indices, self.weights, self.residuals = indptr, indices, weights, residuals
        self.warm, self.indexed, self.dims = warm, self.item_vectors.shape[0], self.item_vectors.shape[1]
        lengths = {len(item_vectors), len(query_vectors), len(trend), len(indptr) - 1}
        if len(lengths) > 1 or not len(indices) == len(weights) == len(residuals):
            raise ValueError("the arrays of the snapshot differ in length")

    def query_vector(self, const int32_t[::1] history, const float[::1] factors):
        """Σ_j factors_j P_j over the history, shape (dims,)."""
        cdef Py_ssize_t i, length = history.shape[0]
        self._check_history(history, factors)
        total = np.zeros(self.dims, dtype=np.float32)
        cdef float[::1] view = total
        for i in range(min(AHEAD, length)):
            prefetch_row(&self.query_vectors[history[i], 0], self.dims)
        for i in range(length):
            if i + AHEAD < length:
                prefetch_row(&self.query_vectors[history[i + AHEAD], 0], self.dims)
            add_scaled(&view[0], &self.query_vectors[history[i], 0], factors[i], self.dims)
        return total

    cdef void _sum(self, const int32_t[::1] history, const float[::1] factors) noexcept:
        """Sums the entries of the history's rows by column, and marks these columns."""
        cdef Py_ssize_t i
        cdef int64_t entry, begin, end
        cdef int32_t column
        cdef double factor
        if not history.shape[0] or not self.indices.shape[0]:
            return
        # Pointers, because views would be read again after each store.
        cdef const int32_t *indices = &self.indices[0]
        cdef const float *weights = &self.weights[0]
        cdef const float *residuals = &self.residuals[0]
        cdef double *sums = &_sums[0, 0]
        cdef uint64_t *summed = &_summed[0]
        for i in range(history.shape[0]):
            factor = factors[i]
            if i + 1 < history.shape[0]:
                # Rows are short and far apart, so the next one is loaded during this one. 16 entries are a cache line.
                for entry in range(self.indptr[history[i + 1]], self.indptr[history[i + 1] + 1], 16):
                    prefetch(&indices[entry])
                    prefetch(&weights[entry])
                    prefetch(&residuals[entry])
            begin, end = self.indptr[history[i]], self.indptr[history[i] + 1]
            for entry in range(begin, min(end, begin + ENTRIES_AHEAD)):
                prefetch(&sums[2 * indices[entry]])
            for entry in range(begin, end):
                if entry + ENTRIES_AHEAD < end:
                    prefetch(&sums[2 * indices[entry + ENTRIES_AHEAD]])
                column = indices[entry]
                summed[column >> 6] |= <uint64_t>1 << (column & 63)
                sums[2 * column] += factor * weights[entry]
                sums[2 * column + 1] += factor * residuals[entry]

    cdef void _sum_chosen(self, const int32_t[::1] history, const float[::1] factors) noexcept:
        """The same for the columns in `_chosen` alone. Bits of all rows stay in the cache, sums of all rows do not."""
        cdef Py_ssize_t i
        cdef int64_t entry
        cdef int32_t column
        if not history.shape[0] or not self.indices.shape[0]:
            return
        cdef const int32_t *indices = &self.indices[0]
        cdef uint64_t *chosen = &_chosen[0]
        for i in range(history.shape[0]):
            if i + 1 < history.shape[0]:
                for entry in range(self.indptr[history[i + 1]], self.indptr[history[i + 1] + 1], 16):
                    prefetch(&indices[entry])
            for entry in range(self.indptr[history[i]], self.indptr[history[i] + 1]):
                column = indices[entry]
                if chosen[column >> 6] >> (column & 63) & 1:
                    mark(_summed, column)
                    _sums[column, 0] += <double>factors[i] * self.weights[entry]
                    _sums[column, 1] += <double>factors[i] * self.residuals[entry]

    def candidates(
        self,
        const int32_t[::1] history,
        const float[::1] factors,
        tuple others,
        tuple banned,
        Py_ssize_t neighbours,
        Py_ssize_t colds,
        Py_ssize_t products,
    ):
        """The best neighbours of the history and `others`, without `banned`.

        Args:
            history, factors: rows and their weights ŵ.
            others, banned: arrays of rows.
            neighbours, colds: maximum number of warm and of cold neighbours.
            products: end of the rows.

        Returns:
            Rows, ascending, each once, with Σ_j ŵ_j B_ji and Σ_j ŵ_j E_ji. Both are NaN without an entry.
        """
        cdef Py_ssize_t word, place = 0, size = neighbours + colds
        cdef int32_t row
        cdef uint64_t bits
        cdef const int32_t[::1] part
        self._check_history(history, factors)
        for part in (*others, *banned):
            check_rows(part, products)
        _reserve(max(products, self.indexed))
        for part in others:
            size += part.shape[0]
        size = min(size, products)
        found, weight, residual = np.empty(size, np.int32), np.empty(size, np.float32), np.empty(size, np.float32)
        cdef int32_t[::1] rows = found
        cdef float[::1] weight_view = weight, residual_view = residual
        cdef Best warm = Best(neighbours), cold = Best(colds)
        cdef const float *trend = &self.trend[0] if self.indexed else NULL
        self._sum(history, factors)
        cdef double *sums = &_sums[0, 0]
        for word in range(self.indexed // 64 + 1):
            bits = _summed[word]
            while bits:
                row = <int32_t>(64 * word + first_bit(bits))
                bits &= bits - 1
                if row < self.warm:
                    warm.offer(<float>sums[2 * row] * trend[row], row)
                else:
                    cold.offer(<float>sums[2 * row] * trend[row], row)
        mark_all(_chosen, warm.rows[: warm.size])
        mark_all(_chosen, cold.rows[: cold.size])
        for part in others:
            mark_all(_chosen, part)
        for part in banned:
            unmark_all(_chosen, part)
        for word in range(products // 64 + 1):
            bits = _chosen[word]
            _chosen[word] = 0
            while bits:
                row = <int32_t>(64 * word + first_bit(bits))
                bits &= bits - 1
                rows[place] = row
                if row < self.indexed and has(_summed, row):
                    weight_view[place], residual_view[place] = <float>_sums[row, 0], <float>_sums[row, 1]
                else:
                    weight_view[place] = residual_view[place] = NAN
                place += 1
            bits = _summed[word] if word < self.indexed // 64 + 1 else 0
            while bits:
                _clear(<int32_t>(64 * word + first_bit(bits)))
                bits &= bits - 1
        return found[:place], weight[:place], residual[:place]

    def neighbours(
        self,
        const int32_t[::1] history,
        const float[::1] factors,
        tuple without,
        Py_ssize_t count,
        Py_ssize_t products,
    ):
        """At most `count` warm rows, ascending: those of the largest s_i Σ_j factors_j B_ji, and none of `without`.

        `products` is the end of the rows in `without`.
        """
        cdef Py_ssize_t word
        cdef int32_t row
        cdef uint64_t bits
        cdef const int32_t[::1] part
        cdef Best best = Best(min(count, self.warm))
        self._check_history(history, factors)
        for part in without:
            check_rows(part, products)
        _reserve(max(products, self.indexed))
        for part in without:
            mark_all(_chosen, part)
        self._sum(history, factors)
        for word in range(self.indexed // 64 + 1):
            bits = _summed[word]
            while bits:
                row = <int32_t>(64 * word + first_bit(bits))
                bits &= bits - 1
                if row < self.warm and not has(_chosen, row):
                    best.offer(<float>_sums[row, 0] * self.trend[row], row)
                _clear(row)
        for part in without:
            unmark_all(_chosen, part)
        return np.sort(np.asarray(best.rows)[: best.size])

    cdef float _score(self, const float[::1] query, int32_t row, float weight, float residual) noexcept:
        """The score of an indexed row, see `ranking.exact_scores`."""
        if isnan(weight):
            return dot(&self.item_vectors[row, 0], &query[0], self.dims)
        if row >= self.warm:
            return self.trend[row] * weight
        return dot(&self.item_vectors[row, 0], &query[0], self.dims) + self.trend[row] * residual

    def scores(self, const float[::1] query, const int32_t[::1] rows, const float[::1] weight, const float[::1] residual):
        """Scores of what `candidates` returned, 0 for rows without a vector."""
        cdef Py_ssize_t i, length = rows.shape[0]
        self._check_query(query)
        if not length == weight.shape[0] == residual.shape[0]:
            raise ValueError("the sums of candidates differ in length")
        for i in range(length):
            if rows[i] < 0:
                raise IndexError(f"row {rows[i]} is negative")
        scores = np.empty(length, dtype=np.float32)
        cdef float[::1] view = scores
        for i in range(length):
            if i + AHEAD < length and rows[i + AHEAD] < self.indexed:
                prefetch_row(&self.item_vectors[rows[i + AHEAD], 0], self.dims)
            view[i] = self._score(query, rows[i], weight[i], residual[i]) if rows[i] < self.indexed else 0.0
        return scores

    def score_rows(
        self,
        const float[::1] query,
        const int32_t[::1] history,
        const float[::1] factors,
        const int32_t[::1] rows,
    ):
        """Scores of any rows, 0 for those without a vector."""
        cdef Py_ssize_t i, length = rows.shape[0]
        cdef int32_t row
        cdef float[::1] view
        self._check_query(query)
        self._check_history(history, factors)
        for i in range(length):
            if rows[i] < 0:
                raise IndexError(f"row {rows[i]} is negative")
        _reserve(self.indexed)
        scores = np.zeros(length, dtype=np.float32)
        view = scores
        for i in range(length):
            if rows[i] < self.indexed:
                mark(_chosen, rows[i])
        self._sum_chosen(history, factors)
        for i in range(length):
            row = rows[i]
            if i + AHEAD < length and rows[i + AHEAD] < self.indexed:
                prefetch_row(&self.item_vectors[rows[i + AHEAD], 0], self.dims)
            if row >= self.indexed:
                continue
            if has(_summed, row):
                view[i] = self._score(query, row, <float>_sums[row, 0], <float>_sums[row, 1])
            else:
                view[i] = self._score(query, row, NAN, NAN)
        for i in range(length):
            if rows[i] < self.indexed:
                _chosen[rows[i] >> 6] = 0
                _clear(rows[i])
        return scores

    cdef int _check_history(self, const int32_t[::1] history, const float[::1] factors) except -1:
        check_rows(history, self.indexed)
        if history.shape[0] != factors.shape[0]:
            raise ValueError(f"a history of {history.shape[0]} rows has {factors.shape[0]} factors")
        return 0

    cdef int _check_query(self, const float[::1] query) except -1:
        if query.shape[0] != self.dims:
            raise ValueError(f"the query has {query.shape[0]} dimensions instead of {self.dims}")
        return 0
