"""What several kernels do with rows."""

from libc.stdint cimport int32_t, uint32_t


cdef inline int check_rows(const int32_t[::1] rows, Py_ssize_t end) except -1:
    """Raises IndexError for a row that is not inside the snapshot."""
    cdef Py_ssize_t i
    for i in range(rows.shape[0]):
        if not 0 <= rows[i] < end:
            raise IndexError(f"row {rows[i]} is not below {end}")
    return 0


ctypedef fused number:
    int32_t
    uint32_t


cdef inline Py_ssize_t first_place(const number[::1] ascending, number value, Py_ssize_t low=0) noexcept:
    """The first place from `low` whose value is not below `value`."""
    cdef Py_ssize_t high = ascending.shape[0], middle
    while low < high:
        middle = (low + high) // 2
        if ascending[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low
