"""Choice of parameters on constructed purchases."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from indexer.factorization import Purchases, Recipe, demand_trend
from indexer.factorization.content import Content
from indexer.protocol.metrics import score_rankings
from indexer.protocol.split import SplitKind, restrict_to_products, split_purchases
from indexer.protocol.tasks import Task, discovery
from indexer.training.selection import (
    DEFAULT_HALF_LIFE,
    EXPONENTS,
    NEIGHBOURS,
    ChosenParameters,
    choose_parameters,
)
from indexer.training.windows import (
    FittedWindow,
    WindowLimits,
    best_places,
    purchase_ages,
    rolling_windows,
    weights_by_age,
)
from recommender.entities import Interaction
from recommender.profiles import history_of
from recommender.snapshot import ServingParameters
from recommender.snapshot.lookups import ResolvedIds
from tests.support.builders.evaluations.evaluation_tasks import purchases_of
from tests.support.builders.shops.seasonal_purchases import (
    drifting_purchases,
    seasonal_purchases,
    without_text,
)
from tests.support.builders.small_snapshots import random_weights, snapshot_of

RECIPE = Recipe(minimum_buyers=1, ridge=6.0, text_weight=0.4)
HELPS = seasonal_purchases()
MISLEADS_ONCE = seasonal_purchases(misleading=(6,))
EXPONENT_NAMES = {f"trend exponent {exponent:g}" for exponent in EXPONENTS}
HALF_LIFE_NAMES = {"half-life 60 days", "half-life 540 days", "no half-life"}


def chosen(
    purchases: Purchases,
    recipe: Recipe = RECIPE,
    half_life_days: float | None = 180.0,
    products: int = 64,
    limits: WindowLimits | None = None,
) -> ChosenParameters:
    content = without_text(products)
    return choose_parameters(purchases, "time", content, recipe, half_life_days, limits or WindowLimits())


def windows_of(
    purchases: Purchases,
    kind: SplitKind,
    content: Content,
    recipe: Recipe,
    limits: WindowLimits | None = None,
) -> list[FittedWindow]:
    windows = rolling_windows(purchases, kind, content, recipe, limits or WindowLimits())
    return [window.fit(replace(recipe, neighbours=NEIGHBOURS)) for window in windows]


def test_misleading_text_gets_no_weight_and_a_ridge_needs_a_gain() -> None:
    generator = np.random.default_rng(1)
    vectors = generator.normal(size=(3, 8)).astype(np.float32)
    at_random = Content.of(vectors, generator.integers(0, 3, 120).astype(np.int32))
    purchases, no_trend = drifting_purchases(), replace(RECIPE, trend_exponent=0.0)
    choices = choose_parameters(
        purchases, "time", at_random, replace(no_trend, text_weight=None, ridge=None), 180.0
    )
    assert choices.text_weight == 0
    with_text, without = (
        [window.ndcg(180.0, 0.0) for window in windows_of(purchases, "time", at_random, recipe)]
        for recipe in (no_trend, replace(no_trend, text_weight=0.0))
    )
    expected = [b / a - 1 for a, b in zip(with_text, without, strict=True)]
    assert choices.gains["text weight 0"] == pytest.approx(expected)
    tried = {float(name.split()[1]): gains for name, gains in choices.gains.items() if "ridge" in name}
    assert set(tried) == {18.0, 60.0}
    acceptable = {ridge: np.mean(gains) for ridge, gains in tried.items() if min(gains) >= -0.02}
    best = max(acceptable, key=lambda ridge: acceptable[ridge], default=6.0)
    assert choices.ridge == (best if acceptable.get(best, 0) >= 0.005 else 6.0)


def test_trend_that_helps_in_every_window_is_chosen() -> None:
    choices = chosen(HELPS)
    assert choices.trend_exponent in EXPONENTS
    assert choices.half_life_days == 180.0
    assert len(choices.shoppers) == 3
    assert min(choices.shoppers) >= 30
    assert choices.gains.keys() == EXPONENT_NAMES
    best = choices.gains[f"trend exponent {choices.trend_exponent:g}"]
    assert min(best) > 0
    assert np.mean(best) == pytest.approx(max(np.mean(gains) for gains in choices.gains.values()))


def test_trend_that_misleads_in_one_window_is_not_chosen() -> None:
    choices = chosen(MISLEADS_ONCE)
    for gains in choices.gains.values():
        first, second, third = gains
        assert first > 0
        assert second < -0.02
        assert third > 0
    assert np.mean(choices.gains["trend exponent 0.5"]) > 0.005  # on average it would have been taken
    assert choices.trend_exponent == 0


def test_gains_equal_those_computed_from_the_windows() -> None:
    choices = chosen(HELPS)
    windows = windows_of(HELPS, "time", without_text(64), RECIPE)
    for exponent in EXPONENTS:
        expected = [window.ndcg(180.0, exponent) / window.ndcg(180.0, 0.0) - 1 for window in windows]
        assert choices.gains[f"trend exponent {exponent:g}"] == pytest.approx(expected)
    assert choices.shoppers == tuple(len(window.task) for window in windows)


def test_short_half_life_is_chosen_for_drifting_tastes() -> None:
    choices = chosen(drifting_purchases(), replace(RECIPE, trend_exponent=0.0), None, products=120)
    assert choices.half_life_days == 60.0
    assert choices.trend_exponent == 0
    assert choices.gains.keys() == HALF_LIFE_NAMES
    assert min(choices.gains["half-life 60 days"]) > 0


def test_set_parameters_are_not_chosen() -> None:
    no_trend = replace(RECIPE, trend_exponent=0.3)
    assert chosen(HELPS, no_trend, 90.0) == ChosenParameters(90.0, 0.3, text_weight=0.4, ridge=6.0)
    half_life_open = chosen(HELPS, no_trend, None)
    assert half_life_open.trend_exponent == 0.3
    assert half_life_open.gains.keys() == HALF_LIFE_NAMES
    both_open = chosen(HELPS, RECIPE, None)
    assert both_open.gains.keys() == HALF_LIFE_NAMES | EXPONENT_NAMES
    assert chosen(HELPS, RECIPE, 77.0).half_life_days == 77.0
    assert chosen(HELPS, replace(RECIPE, trend_exponent=0.0), 77.0) == ChosenParameters(
        77.0, 0.0, text_weight=0.4, ridge=6.0
    )


def test_defaults_are_kept_with_too_few_shoppers() -> None:
    few = HELPS.shoppers < 25
    small = Purchases(HELPS.shoppers[few], HELPS.products[few], HELPS.times[few], 25)
    assert chosen(small, RECIPE, None) == ChosenParameters(DEFAULT_HALF_LIFE, 0.0, text_weight=0.4, ridge=6.0)
    assert chosen(small, RECIPE, 90.0) == ChosenParameters(90.0, 0.0, text_weight=0.4, ridge=6.0)
    assert chosen(small, replace(RECIPE, trend_exponent=0.5), None) == ChosenParameters(
        DEFAULT_HALF_LIFE, 0.5, text_weight=0.4, ridge=6.0
    )
    assert chosen(small, RECIPE, None, limits=WindowLimits(min_shoppers=5)).shoppers


def test_defaults_are_kept_without_purchases() -> None:
    nothing = Purchases(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64), 0)
    for kind in ("time", "order"):
        found = choose_parameters(
            nothing, "time" if kind == "time" else "order", without_text(3), RECIPE, None
        )
        assert found == ChosenParameters(DEFAULT_HALF_LIFE, 0.0, text_weight=0.4, ridge=6.0)


def test_windows_are_consecutive_and_train_on_earlier_purchases() -> None:
    windows = windows_of(MISLEADS_ONCE, "time", without_text(64), RECIPE)
    for window, start, end in zip(windows, (5 / 8, 6 / 8, 7 / 8), (6 / 8, 7 / 8, 1.0), strict=True):
        part = split_purchases(MISLEADS_ONCE, "time", start, end)
        sold = np.unique(part.train.products)
        expected = restrict_to_products(part.train, sold)
        np.testing.assert_array_equal(window.train.products, expected.products)
        np.testing.assert_array_equal(window.train.times, expected.times)
        np.testing.assert_allclose(window.trend, demand_trend(part.train, 64, 7.0)[sold])
        task = discovery(replace(part, train=expected, test=restrict_to_products(part.test, sold)), sold >= 0)
        np.testing.assert_array_equal(window.task.shoppers, task.shoppers)
        np.testing.assert_array_equal(window.task.truth.toarray(), task.truth.toarray())


def test_windows_contain_the_most_bought_products() -> None:
    for window in windows_of(HELPS, "time", without_text(64), RECIPE, WindowLimits(max_products=40)):
        assert len(window.task.allowed) == len(window.trend) == window.weights.shape[0] == 40


def every_second_shopper(purchases: Purchases, products: int) -> Task:
    """A task with every second shopper of `purchases`."""
    everything = np.ones(products, dtype=np.bool_)
    shoppers = np.arange(1, purchases.shopper_count, 2, dtype=np.int32)
    empty = csr_array(np.zeros((len(shoppers), products), dtype=np.float32))
    return Task("discovery", shoppers, empty, empty, everything, include_purchased=False)


@pytest.mark.parametrize("half_life_days", [3.0, 180.0])
@pytest.mark.parametrize("seed", range(5))
def test_recency_weights_equal_those_of_the_service(seed: int, half_life_days: float) -> None:
    generator = np.random.default_rng(seed)
    lines = [
        (int(shopper), int(product), int(day))
        for shopper, product, day in generator.integers((9, 15, 400), size=(150, 3))
    ]
    purchases = purchases_of(*lines, (9, 3, 5))
    task = every_second_shopper(purchases, 15)
    found = weights_by_age(purchase_ages(purchases, task), half_life_days).toarray()
    snapshot = snapshot_of(random_weights(15), parameters=ServingParameters(half_life_days=half_life_days))
    assert found.shape == (5, 15)
    for place, shopper in enumerate(task.shoppers.tolist()):
        own = tuple(
            Interaction(f"p{product}", day * 86_400.0) for who, product, day in lines if who == shopper
        )
        if shopper == 9:
            own = (Interaction("p3", 5 * 86_400.0),)
        history = history_of(own, snapshot, ResolvedIds(snapshot.lookup))
        expected = np.zeros(15)
        expected[history.rows] = history.weights
        np.testing.assert_allclose(found[place], expected, rtol=1e-5)


@pytest.mark.parametrize("exponent", [0.0, 0.5])
def test_ndcg_of_a_window_equals_that_of_its_rankings(exponent: float) -> None:
    window: FittedWindow = windows_of(HELPS, "time", without_text(64), RECIPE)[1]
    weights = (
        weights_by_age(purchase_ages(window.train, window.task), 60.0).toarray() @ window.weights.toarray()
    )
    scores = weights * window.trend**exponent
    scores[window.task.history.toarray() > 0] = -np.inf
    rankings = np.argsort(-scores, axis=1, kind="stable")[:, :20].astype(np.int32)
    products = len(window.trend)
    metrics = score_rankings(window.task, rankings, np.ones(products, np.int64), 120)
    assert window.ndcg(60.0, exponent, shoppers_at_once=7) == pytest.approx(
        float(metrics.ndcg.mean()), rel=1e-4
    )


@pytest.mark.parametrize("products", [5, 20, 21, 90])
def test_best_places_are_those_of_a_stable_sort(products: int) -> None:
    generator = np.random.default_rng(products)
    scores = generator.integers(-2, 3, size=(40, products)).astype(np.float32)  # many are equal
    scores[generator.random(scores.shape) < 0.3] = -np.inf
    scores[0] = -np.inf
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :20]
    found = best_places(scores)
    np.testing.assert_array_equal(found[:, : expected.shape[1]], expected)
    assert (found[:, expected.shape[1] :] == -1).all()


def test_ridges_that_share_a_fit_have_the_weights_of_their_own() -> None:
    recipe = replace(RECIPE, neighbours=NEIGHBOURS)
    window = rolling_windows(HELPS, "time", without_text(64), recipe)[0]
    together = window.fit_ridges(recipe, [6.0, 18.0, 60.0])
    for ridge, fitted in zip((6.0, 18.0, 60.0), together, strict=True):
        alone = window.fit(replace(recipe, ridge=ridge))
        np.testing.assert_array_equal(fitted.weights.toarray(), alone.weights.toarray())
        assert window.fit_ridges(recipe, [ridge])[0].ndcgs(90.0, [0.0, 1.0]) == [
            alone.ndcg(90.0, exponent) for exponent in (0.0, 1.0)
        ]
