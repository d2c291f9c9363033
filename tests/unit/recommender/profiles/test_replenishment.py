"""Products that may be bought again, against the formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.entities import (
    Interaction,
    Profile,
)
from recommender.profiles import own_products
from tests.support.builders.core_requests import DAY, resolved
from tests.support.builders.small_snapshots import random_weights, snapshot_of

NOW = 20_000 * DAY + DAY / 2


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 60) | st.sampled_from([730, 731, 1000, 2000])),
        max_size=40,
    ),
    st.lists(st.sampled_from([np.nan, 1.0, 7.0, 20.0, 90.0, 500.0]), min_size=5, max_size=5),
    st.lists(st.sampled_from([0.0, 0.1, 0.4]), min_size=5, max_size=5),
)
def test_due_products_match_the_formula(
    bought: list[tuple[int, int]], usual: list[float], rates: list[float]
) -> None:
    snapshot = snapshot_of(random_weights(5), intervals=usual, repeat_rates=rates)
    profile = Profile("u", tuple(Interaction(f"p{row}", NOW - ago * DAY) for row, ago in bought))
    expected = {}
    latest = min((ago for _, ago in bought), default=0)
    for row in range(5):
        days = sorted({ago for other, ago in bought if other == row})
        if not days:
            continue
        steps = np.diff(days)
        known = len(steps) >= 2 or (np.isnan(usual[row]) and len(steps) == 1)
        interval = float(np.median(steps)) if known else usual[row]
        score = rates[row] ** 0.5 * sum(0.5 ** ((ago - latest) / 60) for ago in days)
        longest = 730 if np.isnan(interval) else max(730, 2 * interval)
        if score and days[0] and days[0] <= longest and not days[0] < 0.05 * interval:
            expected[row] = score, days[0], interval
    found = own_products(profile, snapshot, resolved(snapshot)).due(NOW)
    assert (np.diff(found.scores) <= 0).all()
    columns = (found.scores, found.elapsed_days, found.interval_days)
    listed = dict(zip(found.rows.tolist(), zip(*columns, strict=True), strict=True))
    assert listed.keys() == expected.keys()
    for row, values in expected.items():
        assert listed[row] == pytest.approx(values, nan_ok=True)
