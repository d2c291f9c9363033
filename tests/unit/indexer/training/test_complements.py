"""Choice of the order of products bought together."""

from dataclasses import replace

import numpy as np
import pytest

from indexer.factorization import Purchases, Recipe
from indexer.factorization.content import Content
from indexer.statistics.bought_together import bought_together
from indexer.training.complements import ORDERS, complement_hits
from indexer.training.page_rules import PageGroups
from indexer.training.selection import choose_parameters
from tests.support.builders.evaluations.evaluation_tasks import purchases_of

SHOPPERS, DAYS = 60, 60
GROUPS, MEMBERS = 6, 12
BEST_SELLERS = (GROUPS * MEMBERS, GROUPS * MEMBERS + 1)
PRODUCTS = GROUPS * MEMBERS + len(BEST_SELLERS)


def shop(*, best_sellers: bool) -> Purchases:
    """Orders of a pair, or of a group and best sellers.

    Half of the groups rarely have best sellers.
    """
    generator = np.random.default_rng(1)
    lines = []
    for shopper in range(SHOPPERS):
        for day in range(DAYS if best_sellers else 9):
            group, member = divmod(int(generator.integers(BEST_SELLERS[0])), MEMBERS)
            others = [group * MEMBERS + member ^ 1]
            if best_sellers:
                others = (group * MEMBERS + np.flatnonzero(generator.random(MEMBERS) < 0.3)).tolist()
                others += [each for each in BEST_SELLERS if generator.random() < (0.9 if group % 2 else 0.3)]
            lines += [(shopper, product, 1_000 + day) for product in {group * MEMBERS + member, *others}]
    return purchases_of(*lines)


def test_weak_lift_finds_more_where_orders_hold_best_sellers() -> None:
    found = complement_hits(shop(best_sellers=True), "time", PRODUCTS, 1, 30)
    assert [window.keys() for window in found] == [set(ORDERS)] * 3
    means = {order: np.mean([window[order] for window in found]) for order in ORDERS}
    assert 0 < means[1.0, 0] < means[0.5, 0] < means[0.5, 3]


def test_all_orders_find_fixed_pairs() -> None:
    found = complement_hits(shop(best_sellers=False), "time", PRODUCTS, 1, 30)
    assert found == [dict.fromkeys(ORDERS, 1.0)] * 3


@pytest.mark.parametrize("min_cases", [10_000])
def test_nothing_is_chosen_without_cases_or_dates(min_cases: int) -> None:
    purchases = shop(best_sellers=False)
    assert complement_hits(purchases, "time", PRODUCTS, 1, min_cases) == []
    counters = replace(purchases, times=np.arange(len(purchases)))
    assert complement_hits(counters, "order", PRODUCTS, 1, 30) == []
    alone = purchases_of(*((shopper, shopper % 9, 1_000 + shopper) for shopper in range(90)))
    assert complement_hits(alone, "time", PRODUCTS, 1, 1) == []


def test_order_is_chosen_with_the_other_parameters() -> None:
    content = Content.of(np.ones((1, 4), np.float32), np.zeros(PRODUCTS, np.int32))
    recipe = Recipe(minimum_buyers=1, ridge=6.0, text_weight=0.0, trend_exponent=0.0, cold_text_weight=0.0)
    groups = PageGroups(np.arange(PRODUCTS, dtype=np.int32), np.zeros(PRODUCTS, np.int32))
    for best_sellers, order in ((True, (0.5, 3)), (False, (1.0, 0))):
        purchases = shop(best_sellers=best_sellers)
        chosen = choose_parameters(purchases, "time", content, recipe, 60.0, groups=groups)
        assert (chosen.lift_exponent, chosen.joint_places) == order
        gained = [name for name in chosen.gains if name.startswith("recall@10 of bought together")]
        name = "recall@10 of bought together with lift^0.5 and 3 places by joint orders"
        assert gained == ([name] if best_sellers else [])


def test_smaller_exponent_ranks_best_sellers_higher() -> None:
    together = [(shopper, product, 1) for shopper in range(9) for product in (0, 1)]
    together += [(shopper, 2, 1) for shopper in range(4)]
    alone = [(shopper, 1, day) for shopper in range(9) for day in range(5, 12)]
    alone += [(shopper, 3, day) for shopper in range(9) for day in range(20, 40)]
    lists = [bought_together(purchases_of(*together, *alone), 4, order=(power, 0)) for power in (1.0, 0.5)]
    assert [found.rows[found.indptr[0]] for found in lists] == [2, 1]


def test_best_seller_without_lift_gets_a_place_after_seven_complements() -> None:
    """Product 9 is in every order, of product 0 with eight companions, too."""
    lines = [(shopper, product, 1) for shopper in range(9) for product in (*range(8), 9)]
    lines += [(shopper, 8, 1) for shopper in range(6)]
    lines += [(shopper, product, day) for shopper in range(9) for day in range(5, 12) for product in (9, 10)]
    for places, first in ((0, [*range(1, 9)]), (1, [*range(1, 8), 9, 8])):
        found = bought_together(purchases_of(*lines), 11, order=(1.0, places))
        part = slice(found.indptr[0], found.indptr[1])
        assert found.rows[part].tolist() == first
        assert (np.diff(found.scores[part]) <= 0).all()
        assert dict(zip(first, found.buyers[part].tolist(), strict=True)) == dict.fromkeys(first, 9) | {8: 6}
        assert found.rows[found.indptr[10] : found.indptr[11]].tolist() == []  # too few complements
