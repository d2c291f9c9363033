"""Complements against a plain count of all baskets."""

from collections import defaultdict
from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.factorization import Purchases
from indexer.statistics.bought_together import (
    LIFT_DEVIATIONS,
    MIN_BASKETS,
    MIN_BUYERS,
    bought_together,
    sample_large_baskets,
)
from recommender.entities import SECONDS_PER_DAY
from recommender.snapshot.tables import Complements

PRODUCTS = 6


def purchases_of(lines: list[tuple[int, int, int, int]]) -> Purchases:
    """Lines of shopper, product, day and order number."""
    columns = np.array(lines, dtype=np.int64).reshape(-1, 4)
    times = columns[:, 2] * int(SECONDS_PER_DAY) + np.arange(len(columns)) % 1000
    return Purchases(
        columns[:, 0].astype(np.int32), columns[:, 1].astype(np.int32), times, 9, orders=columns[:, 3]
    )


def complements(found: Complements, product: int) -> list[tuple[int, float, int]]:
    part = slice(found.indptr[product], found.indptr[product + 1])
    return [
        (int(other), round(float(score), 4), int(buyers))
        for other, score, buyers in zip(found.rows[part], found.scores[part], found.buyers[part], strict=True)
    ]


def counted(lines: list[tuple[int, int, int, int]], product: int) -> list[tuple[int, float, int]]:
    baskets: dict[tuple[int, ...], set[int]] = defaultdict(set)
    for shopper, bought, day, order in lines:
        baskets[(shopper, 1, order) if order else (shopper, 0, day)].add(bought)
    single: dict[int, int] = defaultdict(int)
    joint: dict[int, int] = defaultdict(int)
    buyers: dict[int, set[int]] = defaultdict(set)
    for (shopper, *_), basket in baskets.items():
        for bought in basket:
            single[bought] += 1
        for one, other in permutations(basket, 2):
            if one == product:
                joint[other] += 1
                buyers[other].add(shopper)
    found = []
    for other, count in joint.items():
        lift = np.log(count * len(baskets) / (float(single[product]) * single[other]))
        score = count / single[product] * (lift - LIFT_DEVIATIONS / np.sqrt(count))
        if count >= MIN_BASKETS and len(buyers[other]) >= MIN_BUYERS and score > 0:
            found.append((-score, -count, other, len(buyers[other])))
    return [(other, round(float(np.float32(-score)), 4), people) for score, _, other, people in sorted(found)]


LINES = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, PRODUCTS - 1), st.integers(0, 2), st.integers(0, 2)),
    max_size=120,
)


@settings(max_examples=100, deadline=None)
@given(lines=LINES, block=st.sampled_from([1, 10, 1 << 22]))
def test_complements_equal_those_of_a_plain_count(lines: list[tuple[int, int, int, int]], block: int) -> None:
    found = bought_together(purchases_of(lines), PRODUCTS, pairs_at_once=block)
    for product in range(PRODUCTS):
        assert complements(found, product) == counted(lines, product)


def test_shopper_day_is_a_basket_without_orders() -> None:
    together = [(shopper, product, 3, 0) for shopper in range(4) for product in (0, 1)]
    apart = [(shopper, product, 4 + product, 0) for shopper in range(4) for product in (2, 3)]
    apart += [(shopper, 4, day, 0) for shopper in range(4) for day in (9, 10)]
    found = bought_together(purchases_of(together + apart), PRODUCTS)
    assert [other for other, _, _ in complements(found, 0)] == [1]
    assert complements(found, 2) == []


def test_orders_of_one_day_are_separate_baskets() -> None:
    lines = [(shopper, product, 3, product + 1) for shopper in range(4) for product in (0, 1)]
    found = bought_together(purchases_of(lines), PRODUCTS)
    assert len(found.rows) == 0


def test_frequent_companion_precedes_a_rare_one_and_the_best_seller_is_none() -> None:
    # Shampoo 0 is bought with conditioner 1 in half of its baskets, with comb 2 in a few. Bags 3 are in all baskets.
    shampoo = [
        (n, product, 1, 0) for n in range(8) for product in (0, 3, *([1] if n < 4 else [2] if n < 7 else []))
    ]
    others = [(n, product, day, 0) for n in range(8) for day in range(2, 12) for product in (3, 4)]
    found = bought_together(purchases_of(shampoo + others), PRODUCTS)
    assert [other for other, _, _ in complements(found, 0)] == [1, 2]


def test_pairs_of_few_shoppers_are_no_complements() -> None:
    lines = [(shopper, product, day, 0) for shopper in (0, 1) for day in range(9) for product in (0, 1)]
    lines += [(5, product, product, 0) for product in (2, 3)]
    assert len(bought_together(purchases_of(lines), PRODUCTS).rows) == 0


def test_a_large_basket_is_sampled_evenly() -> None:
    basket = np.array([0] * 7 + [1] * 2 + [2] * 3)
    np.testing.assert_array_equal(sample_large_baskets(basket, 3), [0, 3, 5, 7, 8, 9, 10, 11])


def test_at_most_max_complements_are_kept() -> None:
    lines = [(shopper, product, 1, 0) for shopper in range(5) for product in range(4)]
    lines += [(shopper, 5, day, 0) for shopper in range(5) for day in range(2, 7)]
    found = bought_together(purchases_of(lines), PRODUCTS, max_complements=2)
    assert [len(complements(found, product)) for product in range(PRODUCTS)] == [2, 2, 2, 2, 0, 0]
    assert [other for other, _, _ in complements(found, 3)] == [0, 1]
