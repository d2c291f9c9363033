"""The best of many rows."""

import numpy as np


cdef class Best:
    """The best of the rows that were offered, at most `capacity`. A later one replaces only one with a smaller value."""

    def __cinit__(self, Py_ssize_t capacity):
        self.capacity = capacity
        self.rows = np.empty(capacity + 1, dtype=np.int32)
        self.values = np.empty(capacity + 1, dtype=np.float32)
        self.first_row, self.first_value = &self.rows[0], &self.values[0]
