"""Choice of the order of products bought together."""

from dataclasses import replace

import numpy as np
import pytest

from indexer.factorization import Purchases, Recipe
from indexer.factorization.content import Content
from indexer.protocol.split import SplitKind
from indexer.statistics.bought_together import DEFAULT_ORDER
from indexer.training.complements import ORDERS, complement_hits
from indexer.training.page_rules import PageGroups
from indexer.training.selection import choose_parameters
from indexer.training.train import TrainingConfig, train
from tests.support.builders.evaluations.evaluation_tasks import purchases_of

SHOPPERS, DAYS, PRODUCTS = 60, 40, 80
POPULAR = 1_000.0
SPLIT_KINDS: tuple[SplitKind, ...] = ("time", "order")


def shop(*, pairs: bool) -> Purchases:
    """Orders of fixed pairs, or of products that are drawn by their popularity alone."""
    generator = np.random.default_rng(1)
    shares = 1 / np.arange(1, PRODUCTS + 1)
    lines = []
    for shopper in range(SHOPPERS):
        for day in range(9 if pairs else DAYS):
            one = int(generator.integers(PRODUCTS))
            drawn = generator.choice(PRODUCTS, 3, replace=False, p=shares / shares.sum())
            products = [one, one ^ 1] if pairs else drawn.tolist()
            lines += [(shopper, product, 1_000 + day) for product in products]
    return purchases_of(*lines)


def test_popularity_finds_more_where_products_are_bought_independently() -> None:
    found = complement_hits(shop(pairs=False), PRODUCTS, 1, 30)
    assert [window.keys() for window in found] == [set(ORDERS)] * 3
    means = {order: np.mean([window[order] for window in found]) for order in ORDERS}
    assert 0 < means[20.0, 0.5] < means[DEFAULT_ORDER] < means[POPULAR, 0.5]


def test_little_popularity_finds_fixed_pairs() -> None:
    found = complement_hits(shop(pairs=True), PRODUCTS, 1, 30)
    few = [order for order in ORDERS if order[0] <= 100]
    assert [[window[order] for order in few] for window in found] == [[1.0] * 4] * 3


@pytest.mark.parametrize("min_cases", [10_000])
def test_nothing_is_chosen_without_cases_or_dates(min_cases: int) -> None:
    purchases = shop(pairs=True)
    assert complement_hits(purchases, PRODUCTS, 1, min_cases) == []
    counters = replace(purchases, times=np.arange(len(purchases)))
    assert complement_hits(counters, PRODUCTS, 1, 30) == []
    alone = purchases_of(*((shopper, shopper % 9, 1_000 + shopper) for shopper in range(90)))
    assert complement_hits(alone, PRODUCTS, 1, 1) == []


def test_order_is_chosen_by_time_with_the_other_parameters() -> None:
    content = Content.of(np.ones((1, 4), np.float32), np.zeros(PRODUCTS, np.int32))
    recipe = Recipe(minimum_buyers=1, ridge=6.0, text_weight=0.0, trend_exponent=0.0, cold_text_weight=0.0)
    groups = PageGroups(np.arange(PRODUCTS, dtype=np.int32), np.zeros(PRODUCTS, np.int32))
    for pairs, popularity in ((False, POPULAR), (True, DEFAULT_ORDER[0])):
        gained = []
        for kind in SPLIT_KINDS:
            chosen = choose_parameters(shop(pairs=pairs), kind, content, recipe, 60.0, groups=groups)
            assert chosen.complement_order is not None
            assert chosen.complement_order[0] == popularity
            gained.append({name: gains for name, gains in chosen.gains.items() if "bought together" in name})
        names = [name.partition(", ")[2] for name in gained[0]]
        assert names == ([] if pairs else ["popularity as 1000 orders"])
        assert gained[0] == gained[1]


def test_orders_of_guests_count_for_the_order() -> None:
    content = Content.of(np.ones((1, 4), np.float32), np.zeros(PRODUCTS, np.int32))
    recipe = Recipe(minimum_buyers=1, ridge=6.0, text_weight=0.0, trend_exponent=0.0, cold_text_weight=0.0)
    groups = PageGroups(np.arange(PRODUCTS, dtype=np.int32), np.zeros(PRODUCTS, np.int32))
    config = TrainingConfig(recipe, 60.0, "time")
    priors = []
    for guests in (None, shop(pairs=False)):
        order = train(shop(pairs=True), content, config, None, groups, guests).choices.complement_order
        assert order is not None
        priors.append(order[0])
    assert priors == [DEFAULT_ORDER[0], POPULAR]
