"""Blended histories of session and profile."""

import numpy as np

from recommender.entities import (
    History,
)
from recommender.profiles import blend_histories


def test_blended_histories_keep_known_rows_and_either_history_alone() -> None:
    def history(*rows: int) -> History:
        known = np.array(rows, dtype=np.int32)
        return History(known, np.ones(len(rows), np.float32), np.array([*rows, 9], dtype=np.int32))

    both = blend_histories(history(1, 2), history(2, 3), share=0.75)
    assert dict(zip(both.rows.tolist(), both.weights.tolist(), strict=True)) == {1: 0.75, 2: 1.0, 3: 0.25}
    assert both.known_rows.tolist() == [1, 2, 3, 9]
    assert blend_histories(history(), history(3)).weights.tolist() == [1.0]
    assert blend_histories(history(3), history()).weights.tolist() == [1.0]
