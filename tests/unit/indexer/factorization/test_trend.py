"""Recent demand relative to all demand."""

import numpy as np
import pytest

from indexer.factorization import Purchases, demand_trend
from tests.support.builders.evaluations.evaluation_tasks import purchases_of


def test_trend_is_recent_demand_over_expected_demand() -> None:
    # Product 0 sold twice ten days ago, once by each of two; product 1 once then, once now; product 2 once now.
    purchases = purchases_of((0, 0, 90), (1, 0, 90), (0, 1, 90), (1, 1, 100), (0, 2, 100))
    trend = demand_trend(purchases, 4, half_life_days=5)
    recency = 0.25  # two half-lives
    share = (3 * recency + 2) / 5  # R / N
    expected = [
        (2 * recency + 1) / (2 * share + 1),
        (recency + 1 + 1) / (2 * share + 1),
        (1 + 1) / (share + 1),
        1.0,  # never bought
    ]
    np.testing.assert_allclose(trend, expected, rtol=1e-6)
    assert trend.dtype == np.float32


def test_repeated_purchases_count_as_demand() -> None:
    twice = purchases_of((0, 0, 9), (0, 0, 9), (1, 1, 0), (1, 1, 0))
    once = purchases_of((0, 0, 9), (1, 1, 0))
    assert demand_trend(twice, 2, 3)[0] > demand_trend(once, 2, 3)[0]


@pytest.mark.parametrize("half_life_days", [1.0, 1000.0])
def test_purchase_counts_half_after_one_half_life(half_life_days: float) -> None:
    purchases = purchases_of((0, 0, 0), (0, 1, 1000))
    trend = demand_trend(purchases, 2, half_life_days)
    old = 0.5 ** (1000 / half_life_days)
    np.testing.assert_allclose(trend[0], (old + 1) / ((1 + old) / 2 + 1), rtol=1e-5)


def test_constant_demand_has_no_trend() -> None:
    lines = [(shopper, product, day) for shopper in range(2) for product in range(3) for day in range(30)]
    np.testing.assert_allclose(demand_trend(purchases_of(*lines), 3, 7), [1, 1, 1], rtol=1e-6)


def test_trend_is_one_without_purchases() -> None:
    nothing = Purchases(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64), 0)
    assert demand_trend(nothing, 3, 7).tolist() == [1, 1, 1]
