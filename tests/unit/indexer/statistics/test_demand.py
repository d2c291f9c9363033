"""Trends and usual intervals against values computed by hand."""

import numpy as np
import pytest

from indexer.factorization import Purchases
from indexer.statistics.demand import (
    MIN_BUYERS,
    SMOOTHING,
    are_bought_once,
    repeat_rates,
    repeat_statistics,
    trending_scores,
    weekly_purchases,
)
from recommender.entities import SECONDS_PER_DAY
from recommender.snapshot.windows import WEEKS


def purchases_of(lines: list[tuple[int, int, float]]) -> Purchases:
    """Lines of shopper, product and day."""
    shoppers, products, days = zip(*lines, strict=True) if lines else ((), (), ())
    times = np.array(days, dtype=np.float64) * SECONDS_PER_DAY
    return Purchases(
        np.array(shoppers, dtype=np.int32),
        np.array(products, dtype=np.int32),
        times.astype(np.int64),
        max(shoppers, default=-1) + 1,
    )


def test_demand_above_usual_is_trending() -> None:
    usual = [(shopper, product, 50.0) for shopper in range(10) for product in (0, 1)]
    recent = [(shopper, 0, 100.0) for shopper in range(8)] + [(shopper, 1, 100.0) for shopper in range(12)]
    scores = trending_scores(purchases_of(usual + recent), 2)
    expected = [(8 + SMOOTHING) / (10 * 20 / 20 + SMOOTHING), (12 + SMOOTHING) / (10 * 20 / 20 + SMOOTHING)]
    np.testing.assert_allclose(scores, expected, rtol=1e-6)
    assert scores[0] < 1 < scores[1]


def test_growth_of_the_whole_shop_is_no_trend() -> None:
    usual = [(shopper, product, 50.0) for shopper in range(5) for product in (0, 1)]
    recent = [(shopper, product, 100.0) for shopper in range(15) for product in (0, 1)]
    np.testing.assert_allclose(trending_scores(purchases_of(usual + recent), 2), 1.0)


def test_trend_needs_several_shoppers() -> None:
    usual = [(shopper, 0, 50.0) for shopper in range(5)]
    often = [(0, 1, 90.0 + day) for day in range(11)]
    few = [(shopper, 2, 100.0) for shopper in range(MIN_BUYERS - 1)]
    enough = [(shopper, 3, 100.0) for shopper in range(MIN_BUYERS)]
    scores = trending_scores(purchases_of(usual + often + few + enough), 4)
    assert scores[1] == scores[2] == 0
    assert scores[3] > 1


def test_day_counts_once_per_shopper() -> None:
    usual = [(shopper, product, 50.0) for shopper in range(5) for product in (0, 1)]
    recent = [(shopper, product, 100.0) for shopper in range(5) for product in (0, 1)]
    many = [(0, 0, 100.0 + minute / 1440) for minute in range(30)]
    assert trending_scores(purchases_of(usual + recent + many), 2)[0] == 1


def test_scores_are_zero_without_usual_demand() -> None:
    assert not trending_scores(purchases_of([(shopper, 0, 100.0) for shopper in range(9)]), 1).any()
    assert not trending_scores(purchases_of([]), 3).any()


@pytest.mark.parametrize(
    ("days", "median"),
    [
        ({0: [0, 7, 14, 21]}, 7),
        ({0: [0, 7, 14], 1: [3, 23]}, 7),
        ({0: [0, 4, 14], 1: [3, 23, 24]}, 7),
        ({0: [0, 0.5, 7, 7.1, 14, 21]}, 7),
        ({0: [0, 7, 14]}, np.nan),
        ({0: [0], 1: [1], 2: [2], 3: [3], 4: [4]}, np.nan),
    ],
)
def test_usual_interval_is_the_median_between_days_of_one_shopper(
    days: dict[int, list[float]], median: float
) -> None:
    lines = [(shopper, 1, day) for shopper, own in days.items() for day in own]
    intervals, _ = repeat_statistics(purchases_of([*lines, (0, 0, 5.0)]), 3)
    np.testing.assert_equal(intervals, np.array([np.nan, median, np.nan], dtype=np.float32))


def test_repeat_rate_is_the_shrunk_share_of_buyers_who_bought_on_another_day() -> None:
    staple = [(shopper, 0, day) for shopper in range(10) for day in (0.0, 7.0)]
    sofa = [(shopper, 1, day) for shopper in range(30) for day in (0.2, 0.7)]
    mean = 10 / 40
    expected = [(10 + 10 * mean) / 20, 10 * mean / 40, mean]
    np.testing.assert_allclose(repeat_rates(purchases_of(staple + sofa), 3), expected, rtol=1e-6)
    assert not repeat_rates(purchases_of(sofa), 3).any()


def test_weeks_end_with_the_latest_purchase() -> None:
    days = 500.0 - np.array([0, 6.9, 7, 7 * (WEEKS - 1), 7 * WEEKS - 0.1, 7 * WEEKS])
    weekly = weekly_purchases(purchases_of([(0, 1, day) for day in days] + [(1, 0, 490.0)] * 70_000), 3)
    assert weekly.dtype == np.uint16
    assert weekly[1].tolist() == [2, *[0] * (WEEKS - 3), 1, 2]
    assert weekly[0].tolist() == [*[0] * (WEEKS - 2), 65_535, 0]
    assert not weekly[2].any()
    assert weekly_purchases(purchases_of([]), 2).tolist() == [[0] * WEEKS] * 2


@pytest.mark.parametrize(
    ("days", "shoppers", "again", "expected"),
    [(100, 100, 0, True), (100, 100, 5, False), (80, 100, 0, False), (100, 50, 0, False), (0, 0, 0, False)],
    ids=["films", "some again", "too short", "too few", "nothing"],
)
def test_products_are_bought_once_where_nobody_bought_again(
    days: int, shoppers: int, again: int, expected: bool
) -> None:
    once = [
        (shopper, product, shopper % 10 * days / 9) for shopper in range(shoppers) for product in range(12)
    ]
    purchases = purchases_of(once + [(shopper, 0, days + 1) for shopper in range(again)])
    _, rates = repeat_statistics(purchases, 12)
    buyers = np.full(12, shoppers, dtype=np.int32)
    assert are_bought_once(purchases.times, rates, buyers) is expected
