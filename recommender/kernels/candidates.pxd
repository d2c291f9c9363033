"""The arrays of a model, for other kernels."""

from libc.stdint cimport int32_t, int64_t


cdef class Model:
    cdef const float[:, ::1] item_vectors, query_vectors
    cdef const float[::1] trend, weights, residuals
    cdef const int64_t[::1] indptr
    cdef const int32_t[::1] indices
    cdef Py_ssize_t warm, indexed, dims

    cdef void _sum(self, const int32_t[::1] history, const float[::1] factors) noexcept
    cdef void _sum_chosen(self, const int32_t[::1] history, const float[::1] factors) noexcept
    cdef float _score(self, const float[::1] query, int32_t row, float weight, float residual) noexcept
    cdef int _check_history(self, const int32_t[::1] history, const float[::1] factors) except -1
    cdef int _check_query(self, const float[::1] query) except -1
