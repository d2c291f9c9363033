"""Products that are due, against the formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.entities import (
    Interaction,
    Profile,
)
from recommender.profiles import purchase_intervals
from tests.support.builders.core_requests import DAY, resolved
from tests.support.builders.small_snapshots import random_weights, snapshot_of

NOW = 20_000 * DAY + DAY / 2


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 60)), max_size=40),
    st.lists(st.sampled_from([np.nan, 1.0, 7.0, 20.0]), min_size=5, max_size=5),
)
def test_due_products_match_the_formula(bought: list[tuple[int, int]], usual: list[float]) -> None:
    snapshot = snapshot_of(random_weights(5), intervals=usual)
    profile = Profile("u", tuple(Interaction(f"p{row}", NOW - ago * DAY) for row, ago in bought))
    expected = {}
    for row in range(5):
        days = sorted({ago for other, ago in bought if other == row})
        if not days:
            continue
        steps = np.diff(days)
        known = len(steps) >= 2 or (np.isnan(usual[row]) and len(steps) == 1)
        interval = float(np.median(steps)) if known else usual[row]
        if 0.7 <= days[0] / interval <= 3:
            expected[row] = days[0] / interval
    found = purchase_intervals(profile, snapshot, resolved(snapshot)).due(NOW)
    ratios = found.elapsed_days / found.interval_days
    assert (np.diff(ratios) <= 0).all()
    assert dict(zip(found.rows.tolist(), ratios, strict=True)) == pytest.approx(expected)
