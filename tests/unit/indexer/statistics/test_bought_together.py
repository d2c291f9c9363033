"""Complements against a plain count of all baskets."""

from collections import defaultdict
from dataclasses import replace
from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.factorization import Purchases
from indexer.statistics.bought_together import (
    LENGTH,
    LIFT_DEVIATIONS,
    MIN_ASSOCIATED,
    MIN_BASKETS,
    MIN_BUYERS,
    baskets_of,
    bought_together,
    complements_of,
    sample_large_baskets,
)
from recommender.entities import SECONDS_PER_DAY
from recommender.snapshot.tables import Complements

PRODUCTS = 12
ORDER = (5.0, 0.5)
Pair = tuple[int, float, int, bool]


def purchases_of(lines: list[tuple[int, int, int, int]]) -> Purchases:
    """Lines of shopper, product, day and order number."""
    columns = np.array(lines, dtype=np.int64).reshape(-1, 4)
    times = columns[:, 2] * int(SECONDS_PER_DAY) + np.arange(len(columns)) % 1000
    return Purchases(
        columns[:, 0].astype(np.int32), columns[:, 1].astype(np.int32), times, 9, orders=columns[:, 3]
    )


def complements(found: Complements, product: int) -> list[Pair]:
    part = slice(found.indptr[product], found.indptr[product + 1])
    columns = (found.rows[part], found.scores[part], found.buyers[part], found.associated[part])
    return [
        (int(other), round(float(score), 4), int(buyers), bool(beyond_chance))
        for other, score, buyers, beyond_chance in zip(*columns, strict=True)
    ]


def others(found: Complements, product: int) -> list[int]:
    return [other for other, *_ in complements(found, product)]


def counted(lines: list[tuple[int, int, int, int]], product: int) -> list[Pair]:
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

    def score(count: int, share: float, exponent: float = ORDER[1]) -> float:
        confidence = (count + ORDER[0] * share) / (single[product] + ORDER[0])
        return float(confidence * (confidence / share) ** exponent)

    best_sellers = sorted(single.values(), reverse=True)[LENGTH - 1 :]
    least = score(0, best_sellers[0] / len(baskets)) if best_sellers else 0.0
    found = []
    for other, count in joint.items():
        share = single[other] / len(baskets)
        lift = count / single[product] / share
        enough = min(count, len(buyers[other])) >= MIN_ASSOCIATED
        is_beyond_chance = bool(enough and np.log(lift) > LIFT_DEVIATIONS / np.sqrt(count))
        if count >= MIN_BASKETS and len(buyers[other]) >= MIN_BUYERS and score(count, share) >= least:
            pair = other, score(count, share, 1.0), len(buyers[other]), is_beyond_chance
            found.append(((-score(count, share), -count, other), pair))
    ranked = [pair for _, pair in sorted(found)]
    tens = [
        sorted(ranked[at : at + LENGTH], key=lambda pair: -pair[1]) for at in range(0, len(ranked), LENGTH)
    ]
    listed = [pair for ten in tens for pair in ten]
    falling = np.minimum.accumulate([pair[1] for pair in listed]) if listed else []
    return [
        (pair[0], round(float(np.float32(least_yet)), 4), *pair[2:])
        for pair, least_yet in zip(listed, falling, strict=True)
    ]


LINES = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, PRODUCTS - 1), st.integers(0, 2), st.integers(0, 2)),
    max_size=160,
)


@settings(max_examples=100, deadline=None)
@given(lines=LINES, block=st.sampled_from([1, 10, 1 << 22]))
def test_complements_equal_those_of_a_plain_count(lines: list[tuple[int, int, int, int]], block: int) -> None:
    found = bought_together(purchases_of(lines), PRODUCTS, order=ORDER, pairs_at_once=block)
    for product in range(PRODUCTS):
        assert complements(found, product) == counted(lines, product)


def test_shopper_day_is_a_basket_without_orders() -> None:
    together = [(shopper, product, 3, 0) for shopper in range(4) for product in (0, 1)]
    apart = [(shopper, product, 4 + product, 0) for shopper in range(4) for product in (2, 3)]
    apart += [(shopper, 4, day, 0) for shopper in range(4) for day in (9, 10)]
    found = bought_together(purchases_of(together + apart), PRODUCTS)
    assert others(found, 0) == [1]
    assert complements(found, 2) == []


def test_orders_of_one_day_are_separate_baskets() -> None:
    lines = [(shopper, product, 3, product + 1) for shopper in range(4) for product in (0, 1)]
    found = bought_together(purchases_of(lines), PRODUCTS)
    assert len(found.rows) == 0


def test_frequent_companion_precedes_a_rare_one_and_the_best_seller_is_not_associated() -> None:
    # Shampoo 0 is bought with conditioner 1 in half of its baskets, with comb 2 in a few. Bags 3 are in all baskets.
    shampoo = [
        (n, product, 1, 0) for n in range(8) for product in (0, 3, *([1] if n < 4 else [2] if n < 7 else []))
    ]
    bags = [(n, product, day, 0) for n in range(8) for day in range(2, 12) for product in (3, 4)]
    orders = (1.0, 1.0), (1.0, 0.25)
    both = [bought_together(purchases_of(shampoo + bags), PRODUCTS, order=order) for order in orders]
    assert [others(found, 0) for found in both] == [[1, 2, 3]] * 2
    found = both[0]
    assert found.associated_with(0).tolist() == found.of(np.array([0, 2], np.int32)).tolist()[1:] == [1, 2]
    assert [found.associate(*pair) for pair in ((0, 2), (2, 0), (0, 3))] == [True, True, False]


def test_much_popularity_leaves_places_of_weak_pairs_to_popular_products() -> None:
    """Product 1 is the only one in two orders with product 0."""
    pair = [(n, product, 1, 0) for n in range(2) for product in (0, 1)]
    best_sellers = [(n, 2 + n % 2 * 10 + each, 2, 0) for n in range(40) for each in range(10)]
    lists = {
        popularity: others(
            bought_together(purchases_of(pair + best_sellers), 22, order=(popularity, 0.25)), 0
        )
        for popularity in (5.0, 1_000.0)
    }
    assert lists == {5.0: [1], 1_000.0: []}


def test_complements_of_a_product_read_only_its_own_pairs() -> None:
    """A pass over all products for each would take minutes."""
    pair = [(n, product, 1, 0) for n in range(2) for product in (0, 1)]
    best_sellers = [(n, 2 + each, 2, 0) for n in range(40) for each in range(10)]
    baskets = baskets_of(purchases_of(pair + best_sellers), PRODUCTS)
    own_counts = np.where(np.arange(PRODUCTS) < 2, baskets.counts, 0)
    for popularity, expected in ((1.0, [1]), (1_000.0, [])):
        [found] = complements_of(replace(baskets, counts=own_counts), 0, [(popularity, 0.25)], LENGTH)
        assert found.tolist() == expected


def test_pairs_of_one_shopper_are_no_complements() -> None:
    lines = [(1, product, day, 0) for day in range(9) for product in (0, 1)]
    lines += [(5, product, product, 0) for product in (2, 3)]
    assert len(bought_together(purchases_of(lines), PRODUCTS).rows) == 0


def test_a_large_basket_is_sampled_evenly() -> None:
    basket = np.array([0] * 7 + [1] * 2 + [2] * 3)
    np.testing.assert_array_equal(sample_large_baskets(basket, 3), [0, 3, 5, 7, 8, 9, 10, 11])


def test_at_most_max_complements_are_kept() -> None:
    lines = [(shopper, product, 1, 0) for shopper in range(5) for product in range(4)]
    lines += [(shopper, 5, day, 0) for shopper in range(5) for day in range(2, 7)]
    found = bought_together(purchases_of(lines), PRODUCTS, max_complements=2)
    assert [len(complements(found, product)) for product in range(PRODUCTS)] == [2] * 4 + [0] * 8
    assert others(found, 3) == [0, 1]
