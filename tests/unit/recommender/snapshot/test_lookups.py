"""Binary search in ascending rows, against numpy's and Python's own look-ups."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.snapshot.lookups import contains, values_at

held_rows = st.sets(st.integers(0, 40), max_size=20).map(sorted)
asked_rows = st.lists(st.integers(0, 40), max_size=30)


@given(held_rows, asked_rows)
def test_contains_marks_members(held: list[int], asked: list[int]) -> None:
    found = contains(np.array(held, dtype=np.int32), np.array(asked, dtype=np.int32))
    assert found.dtype == np.bool_
    assert found.tolist() == [row in held for row in asked]


@given(held_rows, asked_rows)
def test_values_belong_to_their_rows_and_default_to_zero(held: list[int], asked: list[int]) -> None:
    value_of = {row: 1.5 + row / 4 for row in held}
    values = np.array([value_of[row] for row in held], dtype=np.float32)
    found = values_at(np.array(held, dtype=np.int32), values, np.array(asked, dtype=np.int32))
    assert found.dtype == np.float32
    assert found.tolist() == [value_of.get(row, 0.0) for row in asked]
