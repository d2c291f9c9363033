import numpy as np
import pytest

from recommender.profiles.refunds import kept_purchases


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ([("tea", 1, 2, 0)], [0]),
        ([("tea", 1, 2, 0), ("tea", 2, -2, 0)], []),
        ([("tea", 1, 2, 0), ("tea", 2, -1, 0)], [0]),
        ([("tea", 1, 1, 0), ("tea", 2, 1, 0), ("tea", 3, -1, 0), ("cup", 1, 1, 0)], [0, 3]),
        ([("tea", 1, 1, 7), ("tea", 2, 1, 8), ("tea", 3, -1, 7)], [1]),
        ([("tea", 1, 1, 7), ("tea", 0, -1, 7)], []),
        ([("tea", 2, -1, 0), ("tea", 3, 1, 0)], [1]),
        ([("tea", 1, 2, 0), ("tea", 1, -1, 0), ("tea", 2, -1, 0)], []),
        ([("tea", 1, 0.3, 0), ("tea", 1, -0.1, 0), ("tea", 2, -0.2, 0)], []),
        ([("tea", 1, 0, 0), ("cup", 1, -1, 0)], []),
        ([], []),
    ],
)
def test_refunds_are_netted_out(lines: list[tuple[str, float, float, int]], kept: list[int]) -> None:
    groups = np.array([{"tea": 1, "cup": 2}[name] for name, *_ in lines], dtype=np.int64)
    times, quantities = (np.array([line[column] for line in lines], dtype=np.float64) for column in (1, 2))
    orders = np.array([line[3] for line in lines], dtype=np.int64)
    assert np.flatnonzero(kept_purchases(groups, times, quantities, orders)).tolist() == kept
