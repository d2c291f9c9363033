"""Splits against lists that are split by hand."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.factorization import Purchases
from indexer.protocol.split import Split, restrict_to_products, split_kind, split_purchases

DAY = 86_400
MAY = 1_777_593_600
"""Midnight."""


def bought(*lines: tuple[int, int, int]) -> Purchases:
    """Purchases of (shopper, product, time), in this order."""
    shoppers, products, times = np.array(lines, dtype=np.int64).reshape(-1, 3).T
    return Purchases(
        shoppers.astype(np.int32), products.astype(np.int32), times, int(shoppers.max(initial=-1)) + 1
    )


def lines_of(purchases: Purchases) -> list[tuple[int, int, int]]:
    columns = (purchases.shoppers, purchases.products, purchases.times)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_split_by_time_has_one_cut() -> None:
    lines = [(number % 3, number % 4, 100 + number) for number in (7, 2, 9, 0, 1, 5, 3, 8, 6, 4)]
    part = split_purchases(bought(*lines), "time", 0.8)
    assert lines_of(part.train) == [line for line in lines if line[2] < 108]
    assert lines_of(part.test) == [line for line in lines if line[2] >= 108]
    assert part.cut == datetime.fromtimestamp(108, UTC)
    assert part.train.shopper_count == part.test.shopper_count == 3


def test_split_by_time_keeps_purchases_of_one_second_together() -> None:
    lines = [(0, product, at) for product, at in enumerate([1, 2, 3, 4, 4, 4, 4, 4, 4, 9])]
    part = split_purchases(bought(*lines), "time", 0.5)
    assert [line[2] for line in lines_of(part.train)] == [1, 2, 3]
    assert [line[2] for line in lines_of(part.test)] == [4, 4, 4, 4, 4, 4, 9]
    everything_at_once = split_purchases(bought((0, 0, 5), (1, 1, 5)), "time", 0.8)
    assert len(everything_at_once.train) == 0
    assert len(everything_at_once.test) == 2


def test_window_by_time_is_between_start_and_end() -> None:
    purchases = bought(*((0, number, number) for number in range(16)))
    part = split_purchases(purchases, "time", 5 / 8, 6 / 8)
    assert part.train.times.tolist() == [*range(10)]
    assert part.test.times.tolist() == [10, 11]
    assert (part.start, part.end, part.kind) == (5 / 8, 6 / 8, "time")
    last = split_purchases(purchases, "time", 7 / 8)
    assert last.test.times.tolist() == [14, 15]


def test_split_by_order_cuts_each_shopper_and_rounds_training_up() -> None:
    many = [(0, product, product) for product in range(10)]
    few = [(1, product, 1000 + product) for product in range(3)]
    one = [(2, 0, 9)]
    part = split_purchases(bought(*many, *few, *one), "order", 0.8)
    assert lines_of(part.train) == [*many[:8], *few, *one]  # 2.4 and 0.8, rounded up
    assert lines_of(part.test) == many[8:]
    assert part.cut is None
    half = split_purchases(bought(*many, *few, *one), "order", 0.5)
    assert lines_of(half.train) == [*many[:5], *few[:2], *one]


def test_split_by_order_keeps_purchases_of_a_product_together() -> None:
    lines = [(0, 7, 1), (0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 7, 5), (1, 7, 1), (1, 1, 2)]
    part = split_purchases(bought(*lines), "order", 0.75)
    assert lines_of(part.train) == [(0, 1, 2), (0, 2, 3), (0, 3, 4), (1, 7, 1), (1, 1, 2)]
    assert lines_of(part.test) == [(0, 7, 1), (0, 7, 5)]


def test_split_by_order_breaks_ties_by_feed_order() -> None:
    lines = [(0, product, 50) for product in (4, 0, 3, 1, 4, 2)]
    part = split_purchases(bought(*lines), "order", 0.8)
    assert part.test.products.tolist() == [2]
    assert part.train.products.tolist() == [4, 0, 3, 1, 4]
    turned = split_purchases(bought(*lines[::-1]), "order", 0.8)
    assert turned.test.products.tolist() == [0]


def test_window_by_order_is_between_start_and_end() -> None:
    lines = [(shopper, product, product) for shopper in range(2) for product in range(8)]
    part = split_purchases(bought(*lines), "order", 5 / 8, 6 / 8)
    assert part.train.products.tolist() == [0, 1, 2, 3, 4] * 2
    assert part.test.products.tolist() == [5, 5]


@given(
    lines=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9), st.integers(0, 30)), max_size=40),
    kind=st.sampled_from(["time", "order"]),
    cuts=st.lists(st.sampled_from([0.25, 0.5, 5 / 8, 0.75, 0.8, 1.0]), min_size=2, max_size=2, unique=True),
)
def test_purchases_are_on_one_side_and_windows_are_adjacent(
    lines: list[tuple[int, int, int]], kind: str, cuts: list[float]
) -> None:
    start, end = sorted(cuts)
    part = split_purchases(bought(*lines), "time" if kind == "time" else "order", start, end)
    sides = [*lines_of(part.train), *lines_of(part.test)]
    rest = list(lines)
    for line in sides:
        rest.remove(line)  # raises if a line is unknown or used twice
    if end == 1:
        assert not rest
    else:
        after = split_purchases(bought(*lines), "time" if kind == "time" else "order", end)
        assert sorted(lines_of(after.train)) == sorted(sides)


@pytest.mark.parametrize(("start", "end"), [(0.0, 1.0), (0.8, 0.8), (0.9, 0.8), (0.5, 1.1), (-0.1, 0.5)])
def test_invalid_range_is_rejected(start: float, end: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        split_purchases(bought((0, 0, 0)), "time", start, end)


def test_split_kind_is_derived_from_the_times() -> None:
    assert split_kind(bought((0, 0, MAY), (0, 1, MAY + DAY), (1, 1, MAY + 2 * DAY + 1))) == "time"
    assert split_kind(bought((0, 0, MAY), (0, 1, MAY + DAY))) == "order"  # bare dates
    assert split_kind(bought((0, 0, 0), (0, 1, 1), (1, 0, 2), (1, 1, 3))) == "order"  # a count
    assert split_kind(bought((0, 0, 364 * DAY + 5))) == "order"
    assert split_kind(bought((0, 0, 366 * DAY + 5))) == "time"
    assert split_kind(bought()) == "order"


def test_restricted_purchases_renumber_products() -> None:
    purchases = bought((0, 4, 1), (1, 9, 2), (0, 2, 3), (2, 4, 4), (1, 0, 5), (1, 11, 6))
    kept = restrict_to_products(purchases, np.array([2, 4, 9]))
    assert lines_of(kept) == [(0, 1, 1), (1, 2, 2), (0, 0, 3), (2, 1, 4)]
    assert kept.shopper_count == 3
    assert kept.products.dtype == np.int32
    assert len(restrict_to_products(purchases, np.empty(0, np.int64))) == 0


def test_empty_test_part_has_no_cut() -> None:
    assert Split("time", 0.8, 1.0, bought((0, 0, 1)), bought()).cut is None
    assert split_purchases(bought(), "time", 0.8).cut is None
    assert len(split_purchases(bought(), "order", 0.8).train) == 0
