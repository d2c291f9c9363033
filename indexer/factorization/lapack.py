"""LAPACK's solver for positive definite systems, called without the interpreter's lock.

`scipy.linalg.lapack` holds the lock, so that threads would solve one after the other. This calls the same routine
through the address that SciPy offers to compiled code (`scipy.linalg.cython_lapack`).
"""

import ctypes
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cython_lapack

_LOWER = ctypes.c_char(b"L")
_POINTERS = 8


def _routine(capsule: object) -> Callable[..., None]:
    signature, address = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    signature.restype, signature.argtypes = ctypes.c_char_p, [ctypes.py_object]
    address.restype, address.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    declared = signature(capsule)
    if declared.count(b"*") != _POINTERS:
        raise ImportError(f"SciPy's routine has an unexpected signature: {declared.decode()}")
    return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * _POINTERS)(address(capsule, declared))


_SPOSV = _routine(cython_lapack.__pyx_capi__["sposv"])


def solve_positive_definite(system: NDArray[np.float32], values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Solves A x = b and returns x, shape (n,).

    Args:
        system: A, shape (n, n), column-major, possibly a view of a larger matrix. Its lower triangle is read and
            overwritten.
        values: b, shape (n,).

    Raises:
        ValueError: wrong layout, data type or shape.
        ArithmeticError: A is not positive definite.
    """
    count = len(values)
    itemsize = system.itemsize
    if system.shape != (count, count) or system.dtype != np.float32 or system.strides[0] != itemsize:
        raise ValueError(f"a system of {system.shape} {system.dtype} cannot be solved for {count} values")
    solution = values.astype(np.float32)
    order, columns, status = ctypes.c_int(count), ctypes.c_int(1), ctypes.c_int(0)
    distance = ctypes.c_int(system.strides[1] // itemsize)
    arguments = (order, columns, system, distance, solution, order, status)
    _SPOSV(ctypes.addressof(_LOWER), *(_address(argument) for argument in arguments))
    if status.value:
        raise ArithmeticError(f"not positive definite (LAPACK {status.value})")
    return solution


def _address(argument: "ctypes.c_int | NDArray[np.float32]") -> int:
    return ctypes.addressof(argument) if isinstance(argument, ctypes.c_int) else argument.ctypes.data
