"""Windows in which own products are bought again, by hand."""

import numpy as np
import pytest

from indexer.protocol.repeat_windows import repeat_windows
from tests.support.builders.shops.seasonal_purchases import DAY, purchases_from

LAST = 20_000
"""Day of the latest purchase. The latest window begins 13 days before it."""


def test_window_tests_own_products_that_are_bought_again() -> None:
    lines = [(0, product, LAST - 14) for product in range(5)]
    lines += [(1, product, LAST - 20) for product in range(4)]  # too few own products
    lines += [(2, product, LAST - 30) for product in range(6)]  # nothing again, but something new
    lines += [(3, product, LAST - 30) for product in range(6)]  # nothing at all
    lines += [(0, 3, LAST - 13), (0, 9, LAST), (1, 0, LAST), (2, 8, LAST)]
    shoppers, products, days = (list(column) for column in zip(*lines, strict=True))
    purchases = purchases_from(shoppers, products, [day * DAY + 7 for day in days])
    latest, *earlier = repeat_windows(purchases, 10)
    assert (latest.start, len(latest.train)) == ((LAST - 13) * DAY, 21)
    assert latest.shoppers.tolist() == [0, 2]
    assert [row.indices.tolist() for row in latest.truth] == [[3], []]
    assert [(window.start, window.shoppers.tolist()) for window in earlier] == []
    rankings = np.array([[4, 3, -1, -1, -1, -1], [0, 1, 2, 3, 4, 5]], dtype=np.int32)
    assert latest.precision(rankings).tolist() == [0.2, 0.0]
    np.testing.assert_equal(latest.recall(rankings), [1.0, np.nan])
    assert repeat_windows(purchases_from([0] * 8, list(range(8)), list(range(8))), 10) == []


def test_recall_is_out_of_ten() -> None:
    products = list(range(14))
    times = [(LAST - 14) * DAY] * 14 + [LAST * DAY] * 14
    (window,) = repeat_windows(purchases_from([0] * 28, products * 2, times), 14)
    ranking = np.array([products[:10]], dtype=np.int32)
    assert (window.precision(ranking).tolist(), window.recall(ranking).tolist()) == ([1.0], [1.0])
    assert window.recall(ranking[:, :5]).tolist() == [pytest.approx(0.5)]
    assert len(window.sample(1, 3).shoppers) == 1
