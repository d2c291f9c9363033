"""Measuring the list of repeat purchases as served."""

from functools import cache

import pytest

from indexer.evaluation.comparison import OURS
from indexer.evaluation.lists.buy_again import FREQUENCY, RANDOM, measure_buy_again
from indexer.factorization import Purchases
from tests.support.builders.shops.seasonal_purchases import DAY, purchases_from
from tests.support.builders.small_snapshots import random_weights, snapshot_of

PRODUCTS = 10
IDS = [f"p{row}" for row in range(PRODUCTS)]
STAPLE, SOFAS, GIVEN_UP = 0, range(1, 9), 9


@cache
def purchases(shoppers: int = 40) -> Purchases:
    """Shoppers who buy a staple every week and sofas once.

    They gave up what they bought daily a year ago.
    """
    lines = []
    for shopper in range(shoppers):
        first = 19_000 + shopper % 7
        lines += [(shopper, STAPLE, first + 7 * week) for week in range(30)]
        lines += [(shopper, sofa, first + 7 * week) for week, sofa in enumerate(SOFAS, 12)]
        lines += [(shopper, GIVEN_UP, first - 150 + day) for day in range(40)]
    customers, products, days = (list(column) for column in zip(*lines, strict=True))
    return purchases_from(customers, products, [day * DAY + 3600 for day in days])


def test_served_list_is_measured_beside_frequency_and_chance() -> None:
    # The rows of a snapshot are in another order than those of the purchases.
    snapshot = snapshot_of(random_weights(PRODUCTS), ids=IDS[::-1])
    found = measure_buy_again(snapshot, IDS, purchases(), 30, 1)
    assert found is not None
    assert "4 windows of 14 days, 120 tests" in found.protocol
    precision = {name: float(values.mean()) for name, values in found.values["precision@5"].items()}
    assert precision[OURS] == precision[FREQUENCY] == pytest.approx(0.2)
    assert 0.03 < precision[RANDOM] < 0.15
    recall = {name: float(values.mean()) for name, values in found.values["recall@10"].items()}
    assert recall == pytest.approx({OURS: 1.0, FREQUENCY: 1.0, RANDOM: 1.0})
    assert found.metrics() == {"buy_again_precision_at_5": 0.2, "buy_again_recall_at_10": 1.0}
    assert found.ratio(RANDOM, 1).low > 1
    report = found.report(1)
    assert [row.name for row in report.rows] == [OURS, FREQUENCY, RANDOM]
    assert set(report.ratio_to) == {FREQUENCY, RANDOM}


def test_too_few_shoppers_are_not_measured() -> None:
    snapshot = snapshot_of(random_weights(PRODUCTS))
    assert measure_buy_again(snapshot, IDS, purchases(7), 30, 1) is None
    counters = purchases_from([0] * 50, [row % 10 for row in range(50)], list(range(50)))
    assert measure_buy_again(snapshot, IDS, counters, 30, 1) is None


def test_shop_where_nobody_buys_again_is_not_measured() -> None:
    lines = [
        (shopper, product, 19_000 + 20 * product) for shopper in range(40) for product in range(PRODUCTS)
    ]
    customers, products, days = (list(column) for column in zip(*lines, strict=True))
    once = purchases_from(customers, products, [day * DAY for day in days])
    assert measure_buy_again(snapshot_of(random_weights(PRODUCTS)), IDS, once, 30, 1) is None
