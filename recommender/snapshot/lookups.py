"""Finding rows in ascending rows: binary search, cheaper than `np.isin` for short lists."""

import numpy as np

from recommender.entities import FloatVector, Mask, Rows


def contains(ascending: Rows, rows: Rows) -> Mask:
    """Which of `rows` are in `ascending`; shape (len(rows),)."""
    if not len(ascending):
        return np.zeros(len(rows), dtype=np.bool_)
    found: Mask = ascending[_places(ascending, rows)] == rows
    return found


def values_at(ascending: Rows, values: FloatVector, rows: Rows) -> FloatVector:
    """The value that belongs to each of `rows`, 0 for those that are not in `ascending`; shape (len(rows),)."""
    if not len(ascending):
        return np.zeros(len(rows), dtype=np.float32)
    places = _places(ascending, rows)
    found: FloatVector = np.where(ascending[places] == rows, values[places], np.float32(0))
    return found


def _places(ascending: Rows, rows: Rows) -> Rows:
    places: Rows = np.minimum(np.searchsorted(ascending, rows), len(ascending) - 1)
    return places
