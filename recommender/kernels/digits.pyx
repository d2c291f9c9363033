"""Rounds numbers to the digits that are shown."""

from libc.math cimport fabs, floor, log10

cdef double[16] _POWERS = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15]
cdef double _TIE = 1e-6  # A thousand times the error of a number with seven digits before the point.


def significant(list values):
    """Each of the floats `values` in seven significant digits, the precision of float32: `float(f"{value:.7g}")`."""
    return [_significant(value) for value in values]


cdef object _significant(double value):
    cdef double size = fabs(value), scaled, whole, part
    cdef int shift
    # Quotients of whole numbers and these powers are exact up to their rounding, as is the text's conversion.
    if 1e-8 < size < 1e6:
        shift = 6 - <int>floor(log10(size))  # One less just below a power of ten, which then is the result.
        scaled = size * _POWERS[shift]
        whole = floor(scaled)
        part = scaled - whole
        if fabs(part - 0.5) > _TIE:
            size = (whole + (part > 0.5)) / _POWERS[shift]
            return size if value > 0 else -size
    return float(f"{value:.7g}")
