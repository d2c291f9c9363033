"""The best of many rows, for other kernels."""

cimport cython
from libc.math cimport INFINITY
from libc.stdint cimport int32_t


@cython.final
cdef class Best:
    cdef int32_t[::1] rows
    cdef float[::1] values
    cdef int32_t *first_row
    cdef float *first_value
    cdef Py_ssize_t size, capacity

    cdef inline void offer(self, float value, int32_t row) noexcept:
        """Puts a row into the heap, whose smallest value is the first."""
        cdef Py_ssize_t place, other, size = self.size
        cdef float *values = self.first_value
        cdef int32_t *rows = self.first_row
        if size < self.capacity:
            place = size
            self.size += 1
            while place and values[(place - 1) // 2] > value:
                other = (place - 1) // 2
                values[place], rows[place] = values[other], rows[other]
                place = other
        elif size and value > values[0]:
            place, other = 0, 1
            values[size] = INFINITY
            while other < size:
                other += values[other + 1] < values[other]  # Without a branch, which would be mispredicted.
                if values[other] >= value:
                    break
                values[place], rows[place] = values[other], rows[other]
                place, other = other, 2 * other + 1
        else:
            return
        values[place], rows[place] = value, row
