"""Choice of how much popularity counts in a small shop."""

import numpy as np
import pytest

from indexer.factorization import Purchases, Recipe
from indexer.training.page_rules import PageGroups
from indexer.training.selection import choose_parameters
from indexer.training.windows import WindowLimits
from tests.support.builders.evaluations.evaluation_tasks import purchases_of
from tests.support.builders.shops.seasonal_purchases import without_text

PRODUCTS, GROUP = 60, 6
GROUPS = PageGroups(np.full(PRODUCTS, -1, np.int32), np.full(PRODUCTS, -1, np.int32))
RECIPE = Recipe(minimum_buyers=1, ridge=6.0, text_weight=0.0, trend_exponent=0.0)


def shop(*, has_groups: bool) -> Purchases:
    """Purchases by popularity alone, or mostly of the own group of a shopper."""
    generator = np.random.default_rng(5)
    lines = []
    for shopper in range(240):
        demand = 1 / np.arange(1, PRODUCTS + 1)
        if has_groups:
            demand[np.arange(PRODUCTS) // GROUP == shopper % (PRODUCTS // GROUP)] *= 50
        for day in sorted(generator.choice(96, 6, replace=False).tolist()):
            bought = generator.choice(PRODUCTS, 3, replace=False, p=demand / demand.sum())
            lines += [(shopper, int(product), 1_000 + day) for product in bought]
    return purchases_of(*lines)


@pytest.mark.parametrize("limit", [PRODUCTS, PRODUCTS - 1])
@pytest.mark.parametrize("has_groups", [False, True])
def test_popularity_counts_where_histories_say_nothing(has_groups: bool, limit: int) -> None:
    limits = WindowLimits(popular_products=limit)
    purchases = shop(has_groups=has_groups)
    found = choose_parameters(purchases, "time", without_text(PRODUCTS), RECIPE, 60.0, limits, groups=GROUPS)
    assert bool(found.popularity_weight) is not has_groups
    assert len(found.gains.get("popularity 0.25", ())) == (0 if has_groups and limit < PRODUCTS else 3)
    given = Recipe(minimum_buyers=1, ridge=6.0, text_weight=0.0, trend_exponent=0.0, popularity_weight=0.1)
    kept = choose_parameters(purchases, "time", without_text(PRODUCTS), given, 60.0, limits, groups=GROUPS)
    assert kept.popularity_weight == 0.1
