"""Choice of the rules that lists for a basket keep."""

from dataclasses import replace

import numpy as np
import pytest

from indexer.factorization import Purchases, Recipe
from indexer.statistics.demand import repeat_rates
from indexer.training.basket_rules import OWN_WEIGHTS, choose_for_baskets
from indexer.training.own_purchases import own_scores
from indexer.training.page_rules import BASKET_RULES, PageGroups, without_rules
from indexer.training.selection import choose_parameters
from recommender.snapshot import ServingParameters
from tests.support.builders.evaluations.evaluation_tasks import purchases_of
from tests.support.builders.shops.seasonal_purchases import without_text

FLAVORS, KINDS, STAPLES = 6, 8, 40
PRODUCTS = FLAVORS * KINDS + STAPLES
NUMBERS = np.arange(PRODUCTS, dtype=np.int32)
TEXTS, CATEGORY, MORE_TEXTS = BASKET_RULES
WITHOUT = np.full(PRODUCTS, -1, np.int32)
BY_KIND = np.where(NUMBERS < FLAVORS * KINDS, NUMBERS // FLAVORS, NUMBERS).astype(np.int32)
"""All flavors of one kind have one text."""
ACROSS_KINDS = np.where(NUMBERS < FLAVORS * KINDS, NUMBERS % FLAVORS, NUMBERS).astype(np.int32)
"""Products that are not bought together have one text."""


def shop(staples_each: int = 6, flavors_each: int = 4, flavors: int = FLAVORS) -> list[tuple[int, int, int]]:
    """Orders of some flavors of a kind, and some staples."""
    generator = np.random.default_rng(2)
    lines = []
    for shopper in range(60):
        for day in range(0, 96, 6):
            kind = int(generator.integers(FLAVORS * KINDS // flavors)) * flavors
            chosen = kind + generator.choice(flavors, flavors_each, replace=False)
            staples = FLAVORS * KINDS + generator.choice(STAPLES, staples_each, replace=False)
            lines += [(shopper, int(product), 1_000 + day) for product in (*chosen, *staples)]
    return lines


PURCHASES = purchases_of(*shop())
WITHOUT_STAPLES = purchases_of(*shop(0))
"""A basket has fewer companions than its list has places."""


@pytest.mark.parametrize(
    ("purchases", "texts", "is_better"),
    [(PURCHASES, BY_KIND, True), (PURCHASES, ACROSS_KINDS, False), (WITHOUT_STAPLES, BY_KIND, False)],
)
def test_shared_texts_are_better_where_one_per_text_leaves_hits_out(
    purchases: Purchases, texts: np.ndarray, is_better: bool
) -> None:
    found = choose_for_baskets(purchases, without_text(PRODUCTS), PageGroups(texts, WITHOUT), 1, 30)
    assert found is not None
    assert (found.gains[TEXTS] > 0.1) is is_better
    assert (TEXTS in found.dropped_rules) is is_better
    # No looser rule is tried while a stricter one costs nothing.
    assert (MORE_TEXTS in found.gains) is is_better


MANY_FLAVORS = purchases_of(*shop(flavors_each=8, flavors=2 * FLAVORS))
"""Kinds of twelve flavors, of which an order holds eight."""


@pytest.mark.parametrize(
    ("kind", "of_pages", "is_better"),
    [
        (NUMBERS // (2 * FLAVORS), (), True),
        (NUMBERS // (2 * FLAVORS), ("share of one category",), False),
        (NUMBERS % (2 * FLAVORS), (), False),
    ],
)
def test_half_of_one_category_is_better_where_a_third_leaves_hits_out(
    kind: np.ndarray, of_pages: tuple[str, ...], is_better: bool
) -> None:
    categories = np.where(NUMBERS < FLAVORS * KINDS, kind, NUMBERS).astype(np.int32)
    groups = PageGroups(WITHOUT, categories)
    found = choose_for_baskets(MANY_FLAVORS, without_text(PRODUCTS), groups, 1, 30, of_pages)
    assert found is not None
    assert found.gains.keys() == {CATEGORY}
    assert (CATEGORY in found.dropped_rules) is is_better


def test_rules_of_baskets_are_measured_without_the_dropped_rules_of_pages() -> None:
    generator, lines = np.random.default_rng(4), []
    for shopper, day in np.ndindex(120, 4):
        own = shopper % 2 * 24 + generator.choice(24, 8, replace=False)
        staples = FLAVORS * KINDS + generator.choice(STAPLES, 6, replace=False)
        lines += [(shopper, int(product), 1_000 + 24 * day + shopper % 12) for product in (*own, *staples)]
    categories = np.where(NUMBERS < FLAVORS * KINDS, NUMBERS // 24, NUMBERS).astype(np.int32)
    recipe = Recipe(minimum_buyers=1, ridge=6.0, text_weight=0.0, trend_exponent=0.0, popularity_weight=0.0)
    groups = PageGroups(WITHOUT, categories)
    found = choose_parameters(
        purchases_of(*lines), "time", without_text(PRODUCTS), recipe, 60.0, groups=groups
    )
    assert found.dropped_rules == ("share of one category",)
    assert found.gains[f"recall@10 without {CATEGORY}"] == (0,)


def test_more_products_of_one_text_follow_where_three_leave_hits_out() -> None:
    kind = np.where(NUMBERS < FLAVORS * KINDS, NUMBERS // (2 * FLAVORS), NUMBERS).astype(np.int32)
    found = choose_for_baskets(MANY_FLAVORS, without_text(PRODUCTS), PageGroups(kind, WITHOUT), 1, 30)
    assert found is not None
    assert {TEXTS, MORE_TEXTS} <= set(found.dropped_rules)
    assert without_rules(ServingParameters(), found.dropped_rules).basket_text_share == 0.5


def test_nothing_is_tried_without_shared_texts_cases_or_dates() -> None:
    content, shared = without_text(PRODUCTS), PageGroups(BY_KIND, WITHOUT)
    for texts in (NUMBERS, WITHOUT):
        found = choose_for_baskets(PURCHASES, content, PageGroups(texts, WITHOUT), 1, 30)
        assert found is not None
        assert found.gains.keys() == {CATEGORY}
    assert choose_for_baskets(PURCHASES, content, shared, 1, 10_000) is None
    counters = replace(PURCHASES, times=np.arange(len(PURCHASES)))
    assert choose_for_baskets(counters, content, shared, 1, 30) is None


def independent_orders(shoppers: range) -> list[tuple[int, int, int]]:
    """Orders of four products each, drawn by popularity alone."""
    generator = np.random.default_rng(3)
    demand = 1 / np.arange(1, PRODUCTS + 1)
    return [
        (shopper, int(product), 1_000 + day)
        for shopper in shoppers
        for day in range(0, 96, 6)
        for product in generator.choice(PRODUCTS, 4, replace=False, p=demand / demand.sum())
    ]


INDEPENDENT = purchases_of(*independent_orders(range(60)))
HARDLY_BETTER = purchases_of(*shop(4), *independent_orders(range(60, 66)))
"""Popularity gains 1.3 %."""


@pytest.mark.parametrize(
    ("purchases", "is_popular"), [(INDEPENDENT, True), (PURCHASES, False), (HARDLY_BETTER, False)]
)
def test_popularity_counts_where_orders_hold_no_pairs(purchases: Purchases, is_popular: bool) -> None:
    content, groups = without_text(PRODUCTS), PageGroups(WITHOUT, WITHOUT)
    found = choose_for_baskets(purchases, content, groups, 1, 30)
    assert found is not None
    assert (found.popularity > 0) is is_popular
    assert (found.popularity_gain > 0) is is_popular


def test_broad_category_does_not_cap_the_lists_that_are_tried() -> None:
    content, broad = without_text(PRODUCTS), np.where(NUMBERS < 60, 0, NUMBERS).astype(np.int32)
    tried = [
        choose_for_baskets(INDEPENDENT, content, PageGroups(WITHOUT, each), 1, 30)
        for each in (broad, WITHOUT)
    ]
    assert tried[0] == tried[1]


def test_rule_that_costs_too_much_is_dropped_and_served_so() -> None:
    recipe = Recipe(minimum_buyers=1, ridge=6.0, text_weight=0.4, trend_exponent=0.0)
    groups = PageGroups(BY_KIND, WITHOUT)
    found = choose_parameters(PURCHASES, "time", without_text(PRODUCTS), recipe, 60.0, groups=groups)
    assert found.dropped_rules is not None
    assert TEXTS in found.dropped_rules
    assert len(found.gains[f"recall@10 without {TEXTS}"]) == 1
    assert without_rules(ServingParameters(), [TEXTS]).basket_text_share == 0.3
    assert without_rules(ServingParameters(), [CATEGORY]).basket_category_share == 0.5


@pytest.mark.parametrize(("habits", "weight"), [(True, 2.4), (False, OWN_WEIGHTS[0])])
def test_own_purchases_count_for_more_where_shoppers_have_habits(habits: bool, weight: float) -> None:
    """Orders have six popular products, and three of nine habits."""
    generator, lines = np.random.default_rng(5), []
    demand = 1 / np.arange(1, PRODUCTS + 1)
    for shopper in range(60):
        own = generator.permutation(PRODUCTS)[:9]
        for day in range(0, 240, 6):
            chosen = generator.choice(PRODUCTS, 6, replace=False, p=demand / demand.sum()).tolist()
            chosen += generator.permutation(own)[:3].tolist() if habits else []
            lines += [(shopper, product, 1_000 + day) for product in dict.fromkeys(chosen)]
    found = choose_for_baskets(
        purchases_of(*lines), without_text(PRODUCTS), PageGroups(WITHOUT, WITHOUT), 1, 30
    )
    assert found is not None
    assert found.own_weight == weight
    assert (found.own_gain > 0.1) is habits


def test_own_scores_are_those_of_lists_for_a_basket() -> None:
    lines = [(0, 1, 0), (0, 1, 0), (0, 1, 90), (0, 2, 90), (1, 1, 90), (1, 2, 0)]
    rates = repeat_rates(purchases_of(*lines), 3)
    found = own_scores(purchases_of(*lines), 3).toarray()
    expected = np.zeros((2, 3))
    expected[0, 1], expected[0, 2] = np.log1p(1.5), np.log1p(1)
    expected[1, 1], expected[1, 2] = np.log1p(1), np.log1p(0.5)
    np.testing.assert_allclose(found, expected * np.sqrt(rates), rtol=1e-5)
    assert rates[1] > rates[2] > 0
