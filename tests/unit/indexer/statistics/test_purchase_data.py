"""Facts about purchases, for the manifest, and records that are left out."""

from datetime import UTC, datetime

import numpy as np
import pytest

from indexer.factorization import Purchases
from indexer.sources.left_out import MAX_EXAMPLES, MAX_REASONS, OTHER, LeftOutRecords
from indexer.statistics.purchase_data import MAX_PERIODS, periods, purchase_data

DAY = 86_400


def bought(shoppers: list[int], days: list[int], orders: list[int] | None = None) -> Purchases:
    """One purchase of the product of its position by each of `shoppers`."""
    count = len(shoppers)
    return Purchases(
        np.array(shoppers, np.int32),
        np.arange(count, dtype=np.int32),
        np.array(days, np.int64) * DAY + 7,
        max(shoppers, default=-1) + 1,
        orders=None if orders is None else np.array(orders, np.int64),
    )


def test_shares_are_those_of_the_preview() -> None:
    shoppers = bought(
        [0, 0, 0, 1, 3], [0, 1, 2, 2, 9], [7, 7, 8, 0, 9]
    )  # All purchases of shopper 2 were returned.
    guests = bought([0], [4], [5])
    found = purchase_data(shoppers.with_guests(guests), shoppers, future=2)
    assert found is not None
    assert (found.purchases, found.guest_purchases, found.shoppers, found.future) == (6, 1, 3, 2)
    assert (found.products, found.orders) == (5, 4)
    assert (found.purchases_per_shopper, found.largest_shopper_share) == (1.67, 0.5)
    assert found.bought_once_share == pytest.approx(2 / 3, abs=1e-4)
    assert [(group.at_least, group.at_most, group.shoppers) for group in found.shopper_groups] == [
        (1, 1, 2),
        (2, 2, 0),
        (3, 5, 1),
    ]
    assert (found.first, found.last) == tuple(datetime(1970, 1, day, 0, 0, 7, tzinfo=UTC) for day in (1, 10))
    assert found.period_start == datetime(1970, 1, 1, tzinfo=UTC)
    assert (found.period_days, found.by_period) == (1, (1, 1, 2, 0, 1, 0, 0, 0, 0, 1))


def test_without_purchases_there_are_no_facts_about_them() -> None:
    assert purchase_data(bought([], []), bought([], [])) is None


def test_guests_alone_have_no_shares_of_shoppers() -> None:
    found = purchase_data(bought([], []).with_guests(bought([0, 1], [3, 3])), bought([], []))
    assert found is not None
    assert (found.guest_purchases, found.shoppers, found.orders, found.shopper_groups) == (2, 0, 0, ())
    assert (found.bought_once_share, found.largest_shopper_share) == (0, 0)


@pytest.mark.parametrize(
    ("span", "size"), [(1, 1), (120, 1), (121, 7), (840, 7), (841, 28), (20_000, 364), (90_000, 750)]
)
def test_long_periods_have_few_columns_and_lose_no_purchase(span: int, size: int) -> None:
    days = np.array([5, 5, 5 + span - 1], np.int64)
    found, start, counts = periods(days)
    assert found == size
    assert len(counts) <= MAX_PERIODS
    assert (counts.sum(), counts[-1] > 0, counts[0] > 0) == (3, True, True)
    assert start + len(counts) * size == 5 + span  # The last column ends with the last day.


def test_reasons_examples_and_texts_are_bounded() -> None:
    records = LeftOutRecords()
    for number in range(MAX_REASONS + 30):
        for _ in range(2):
            records.add("product", f"fault {number}" + "x" * 900, (f"product {number}" for _ in range(5)))
    records.add("purchase", "never", ["x"], 0)
    listed = records.listed()
    assert len(listed) == MAX_REASONS + 1
    assert (listed[0].reason, listed[0].records) == (OTHER, 60)
    assert sum(each.records for each in listed) == 2 * (MAX_REASONS + 30)
    assert all(len(each.examples) == MAX_EXAMPLES and len(each.reason) <= 200 for each in listed)
