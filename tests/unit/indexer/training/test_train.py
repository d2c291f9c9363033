"""Training against its separate steps."""

from dataclasses import replace

import numpy as np
import pytest

from indexer.factorization import Browsing, Factors, Recipe, demand_trend, fit, interaction_matrix
from indexer.training.selection import EXPONENTS, ChosenParameters, choose_parameters
from indexer.training.train import TrainedModel, TrainingConfig, train
from tests.support.builders.evaluations.evaluation_tasks import purchases_of
from tests.support.builders.shops.seasonal_purchases import seasonal_purchases, without_text

PURCHASES = seasonal_purchases()
CONTENT = without_text(64)
RECIPE = Recipe(neighbours=20, rank=8, history_limit=12, ridge=6.0, text_weight=0.4)
LOOKED = Browsing(
    np.array([0, 1, 2], dtype=np.int32),
    np.array([60, 61, 62], dtype=np.int32),
    np.array([1, 2, 3], dtype=np.int64),
    np.array([True, False, True]),
)


def assert_same(found: Factors, expected: Factors) -> None:
    for name in ("order", "item_vectors", "query_vectors", "trend", "residuals"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    np.testing.assert_array_equal(found.weights.toarray(), expected.weights.toarray())
    assert (found.warm, found.ridge) == (expected.warm, expected.ridge)


def by_hand(recipe: Recipe, choices: ChosenParameters, browsing: Browsing | None = None) -> Factors:
    matrix = interaction_matrix(PURCHASES, 64, recipe.history_limit, browsing, recipe.browsing_weight)
    trend = demand_trend(PURCHASES, 64, recipe.trend_half_life_days) ** choices.trend_exponent
    return fit(matrix, CONTENT, trend.astype(np.float32), recipe)


def test_training_chooses_parameters_and_fits_to_all_purchases() -> None:
    trained = train(PURCHASES, CONTENT, TrainingConfig(RECIPE))
    choices = choose_parameters(PURCHASES, "time", CONTENT, RECIPE, None)
    assert trained.choices == choices
    assert choices.trend_exponent in EXPONENTS
    assert trained.recipe == replace(RECIPE, trend_exponent=choices.trend_exponent)
    assert_same(trained.factors, by_hand(RECIPE, choices))
    assert trained.factors.trend.std() > 0.05
    expected = interaction_matrix(PURCHASES, 64, 12)
    np.testing.assert_array_equal(trained.matrix.toarray(), expected.toarray())


def test_chosen_parameters_are_reused_without_another_choice() -> None:
    first = train(PURCHASES, CONTENT, TrainingConfig(RECIPE))
    config = TrainingConfig(RECIPE).with_choices(first.choices)
    assert config.recipe.trend_exponent == first.choices.trend_exponent
    assert config.half_life_days == first.choices.half_life_days
    again: TrainedModel = train(PURCHASES, CONTENT, config)
    assert again.choices == replace(first.choices, shoppers=(), gains={})
    assert_same(again.factors, first.factors)


@pytest.mark.parametrize("exponent", [0.0, 1.0])
def test_given_trend_exponent_is_used(exponent: float) -> None:
    recipe = replace(RECIPE, trend_exponent=exponent, trend_half_life_days=30.0)
    factors = train(PURCHASES, CONTENT, TrainingConfig(recipe, 180.0)).factors
    trend = demand_trend(PURCHASES, 64, 30.0)[factors.order[: len(factors.trend)]]
    np.testing.assert_allclose(factors.trend, trend**exponent, rtol=1e-6)


def test_views_and_carts_count_only_with_a_positive_weight() -> None:
    recipe = replace(RECIPE, trend_exponent=0.0, browsing_weight=0.5)
    choices = ChosenParameters(180.0, 0.0)
    trained = train(PURCHASES, CONTENT, TrainingConfig(recipe, 180.0), LOOKED)
    assert_same(trained.factors, by_hand(recipe, choices, LOOKED))
    without = train(PURCHASES, CONTENT, TrainingConfig(recipe, 180.0))
    assert_same(without.factors, by_hand(recipe, choices))
    assert (trained.matrix.toarray() != without.matrix.toarray()).sum() > 0


def test_windows_are_split_by_the_given_kind_or_by_the_times() -> None:
    by_time, by_order = (
        choose_parameters(PURCHASES, "time", CONTENT, RECIPE, 180.0),
        choose_parameters(PURCHASES, "order", CONTENT, RECIPE, 180.0),
    )
    assert by_time.shoppers != by_order.shoppers
    assert train(PURCHASES, CONTENT, TrainingConfig(RECIPE, 180.0)).choices == by_time
    assert train(PURCHASES, CONTENT, TrainingConfig(RECIPE, 180.0, "order")).choices == by_order
    dates = replace(PURCHASES, times=PURCHASES.times // 86_400 * 86_400)
    assert train(dates, CONTENT, TrainingConfig(RECIPE, 180.0)).choices == choose_parameters(
        dates, "order", CONTENT, RECIPE, 180.0
    )


def test_buyers_beyond_the_history_limit_make_a_product_warm() -> None:
    """The history limit removes product 0 from X, but its two buyers still count."""
    lines = [(shopper, 0, 0) for shopper in (0, 1)]
    lines += [(shopper, product, product) for shopper in (0, 1, 2, 3) for product in (1, 2, 3)]
    purchases = purchases_of(*lines)
    recipe = Recipe(minimum_buyers=2, history_limit=3, neighbours=3, rank=2, trend_exponent=0.0)
    trained = train(purchases, without_text(4), TrainingConfig(recipe, 180.0, "time"))
    assert trained.matrix[:, [0]].nnz == 0
    assert trained.factors.warm == 4
