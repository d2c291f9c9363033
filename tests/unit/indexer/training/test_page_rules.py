"""Rules of a page are dropped where they cost too much."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from indexer.factorization import Recipe
from indexer.sources import ProductRows
from indexer.training.page_rules import RULES, PageGroups, drop_rules, without_rules
from indexer.training.selection import choose_parameters
from indexer.training.train import TrainingConfig, train
from recommender.snapshot import ServingParameters
from tests.support.builders.published_snapshots import read, shop
from tests.support.builders.shops.seasonal_purchases import drifting_purchases, without_text

RECIPE = Recipe(minimum_buyers=1, ridge=6.0, text_weight=0.4, trend_exponent=0.0)
PURCHASES, PRODUCTS = drifting_purchases(), 120
APART = np.arange(PRODUCTS, dtype=np.int32)
BY_TASTE, BY_TITLE = APART // 20, APART // 4
"""Products that the same shoppers buy have the same number, as if titles named only the category."""
NEARLY_ONE = np.where(np.arange(PRODUCTS) % 11, 0, 1).astype(np.int32)
"""A category with 91 % of the products."""
MOSTLY_ONE = np.where(APART < 14, 0, 1).astype(np.int32)
"""A category with 88 % of the products."""
NONE = np.full(PRODUCTS, -1, np.int32)
MODEL, TEXT, TWINS, CATEGORY, LOOSER = RULES


@pytest.mark.parametrize(
    ("texts", "categories", "models", "dropped"),
    [
        (APART, NONE, None, ()),
        (BY_TITLE, NONE, None, (TEXT, TWINS)),
        (APART, NONE, BY_TASTE, (MODEL,)),
        (APART, BY_TASTE, None, (CATEGORY,)),
        (APART, MOSTLY_ONE, None, (CATEGORY, LOOSER)),
        (APART, NEARLY_ONE, None, ()),
    ],
)
def test_rule_that_costs_too_much_is_dropped(
    texts: np.ndarray, categories: np.ndarray, models: np.ndarray | None, dropped: tuple[str, ...]
) -> None:
    groups = PageGroups(texts, categories, models)
    found = choose_parameters(PURCHASES, "time", without_text(PRODUCTS), RECIPE, 60.0, groups=groups)
    assert found.dropped_rules == dropped
    for rule in RULES if CATEGORY in dropped else RULES.keys() - {LOOSER}:
        gains = found.gains[f"without {rule}"]
        assert len(gains) == 3
        assert bool(np.mean(gains) > 0.015) is (rule in dropped)


def test_dropped_rules_are_kept_with_the_other_choices() -> None:
    content, groups = without_text(PRODUCTS), PageGroups(BY_TASTE, NONE)
    first = train(PURCHASES, content, TrainingConfig(RECIPE, 60.0), groups=groups)
    config = TrainingConfig(RECIPE, 60.0).with_choices(first.choices)
    again = train(PURCHASES, content, config, groups=groups).choices
    assert (again.dropped_rules, again.gains) == (first.choices.dropped_rules, {})


def test_dropped_rules_are_served() -> None:
    parameters = without_rules(ServingParameters(), (TEXT, TWINS, "a rule of another version"))
    assert (parameters.text_cap, parameters.twin_share, parameters.category_share) == (1 << 30, 1.0, 0.3)
    assert without_rules(ServingParameters(), (MODEL,)).model_cap == 1 << 30


def test_groups_are_those_of_titles_and_categories() -> None:
    catalog = shop(products=20, shoppers=5)
    for number, title in ((0, "Red cup"), (5, "Blue cup")):
        catalog.product_list[number] = msgspec.structs.replace(catalog.product_list[number], title=title)
    products, _ = read(catalog)
    products = replace(products, categories=["Gifts"] * 19 + ["Cards"])
    groups = PageGroups.of(products)
    assert (groups.categories >= 0).all()
    same = groups.categories[:, None] == groups.categories
    assert (same == (np.array(products.categories)[:, None] == np.array(products.categories))).all()
    assert groups.texts.tolist() == products.variant_groups.tolist()
    assert groups.models is not None
    assert groups.models.tolist() == products.models.tolist()
    assert PageGroups.of(ProductRows()).texts.shape == (0,)


def test_no_rule_is_dropped_without_windows() -> None:
    groups = PageGroups(APART, NONE)
    assert drop_rules([], 60.0, 0.0, groups) == ((), {})
