"""Choice of the weight of texts among similar products."""

from dataclasses import replace

import numpy as np
import pytest
from structlog.testing import capture_logs

from indexer.factorization import Purchases, Recipe
from indexer.factorization.content import Content
from indexer.training.alternatives import TEXT_WEIGHTS, text_weight_hits
from indexer.training.page_rules import PageGroups
from indexer.training.selection import choose_parameters
from tests.support.builders.evaluations.evaluation_tasks import purchases_of

PAIRS, SHOPPERS = 20, 40
PRODUCTS = 2 * PAIRS
ONE_CATEGORY = np.zeros(PRODUCTS, dtype=np.int32)
CATEGORIES = (np.arange(PRODUCTS) >= 0.8 * PRODUCTS).astype(np.int32)


def shop() -> tuple[Purchases, Content]:
    """Shoppers who buy all products, one with each text after the other."""
    generator = np.random.default_rng(1)
    lines = []
    for shopper in range(SHOPPERS):
        for place, pair in enumerate(generator.permutation(PAIRS).tolist()):
            lines += [(shopper, 2 * pair, 1_000 + 2 * place), (shopper, 2 * pair + 1, 1_001 + 2 * place)]
    vectors = generator.normal(size=(PAIRS, 16)).astype(np.float32)
    return purchases_of(*lines), Content.of(vectors, (np.arange(PRODUCTS) // 2).astype(np.int32))


def test_hits_are_those_of_texts_where_purchases_say_nothing() -> None:
    pairs, shoppers = 10, 40
    products = 2 * pairs * shoppers
    # Each shopper has products of their own, which nobody bought before the window.
    lines = [
        (shopper, 2 * pairs * shopper + place, 1_000 + 3 * place + shopper % 3)
        for shopper in range(shoppers)
        for place in range(2 * pairs)
    ]
    vectors = np.random.default_rng(1).normal(size=(products // 2, 16)).astype(np.float32)
    content = Content.of(vectors, (np.arange(products) // 2).astype(np.int32))
    categories = (np.arange(products) >= 0.8 * products).astype(np.int32)
    with capture_logs() as logs:
        found = text_weight_hits(purchases_of(*lines), content, categories, 500, 1, min_cases=30)
    assert [(line["stage"], line["done"]) for line in logs] == [("Validating alternatives", 3)]
    assert [window.keys() for window in found] == [set(TEXT_WEIGHTS)] * 3
    # Some trips are followed by the product with the same text, and chance is 1 %.
    assert min(min(window.values()) for window in found) > 0.2


@pytest.mark.parametrize(
    ("categories", "min_cases"),
    [(CATEGORIES, 10_000), (np.full(PRODUCTS, -1, np.int32), 30), (ONE_CATEGORY, 30)],
)
def test_too_few_cases_choose_nothing(categories: np.ndarray, min_cases: int) -> None:
    purchases, content = shop()
    assert text_weight_hits(purchases, content, categories, 500, 1, min_cases=min_cases) == []
    counters = replace(purchases, times=np.arange(len(purchases)))
    assert text_weight_hits(counters, content, CATEGORIES, 500, 1, min_cases=30) == []


def test_weight_of_texts_is_chosen_with_the_other_parameters() -> None:
    purchases, content = shop()
    recipe = Recipe(minimum_buyers=1, ridge=6.0, text_weight=0.4, trend_exponent=0.0, cold_text_weight=0.0)
    groups = PageGroups(np.arange(PRODUCTS, dtype=np.int32), CATEGORIES)
    chosen = choose_parameters(purchases, "time", content, recipe, 60.0, groups=groups)
    found = text_weight_hits(purchases, content, CATEGORIES, recipe.history_limit, 1, min_cases=30)
    means = {weight: np.mean([window[weight] for window in found]) for weight in TEXT_WEIGHTS}
    assert chosen.alternatives_text_weight is not None
    assert means[chosen.alternatives_text_weight] >= 0.98 * max(means.values())
