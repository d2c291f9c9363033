"""The weight of own purchases is chosen on windows by time."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from indexer.factorization import Purchases, Recipe
from indexer.protocol.split import SplitKind
from indexer.statistics.demand import repeat_rates
from indexer.training.page_rules import PageGroups
from indexer.training.repurchase import BLENDS, DEFAULT, FOREVER, blend_ndcgs, own_frequency
from indexer.training.selection import ChosenParameters, choose_parameters
from indexer.training.windows import rolling_windows
from recommender.entities import Interaction, Profile
from recommender.profiles import personal_frequency
from recommender.snapshot import ServingParameters
from tests.support.builders.core_requests import resolved
from tests.support.builders.shops.seasonal_purchases import drifting_purchases, without_text
from tests.support.builders.small_snapshots import random_weights, snapshot_of

PRODUCTS = 120
RECIPE = Recipe(minimum_buyers=1, ridge=6.0, text_weight=0.4, trend_exponent=0.0)
PURCHASES = drifting_purchases()
NO_GROUPS = PageGroups(np.arange(PRODUCTS, dtype=np.int32), np.full(PRODUCTS, -1, np.int32))


def chosen(purchases: Purchases, kind: SplitKind) -> ChosenParameters:
    content = without_text(PRODUCTS)
    return choose_parameters(purchases, kind, content, RECIPE, 60.0, groups=NO_GROUPS)


@pytest.mark.parametrize(("exponent", "days"), [(0.0, 120.0), (0.5, 120.0), (0.0, FOREVER)])
def test_own_frequency_is_that_of_requests(exponent: float, days: float) -> None:
    window = rolling_windows(PURCHASES, "time", without_text(PRODUCTS), RECIPE)[0].fit(RECIPE)
    train = window.train
    rates = repeat_rates(train, PRODUCTS)
    parameters = ServingParameters(repurchase_rate_exponent=exponent, repurchase_half_life_days=days)
    snapshot = snapshot_of(random_weights(PRODUCTS), repeat_rates=rates.tolist(), parameters=parameters)
    found = own_frequency(train, window.again, days).toarray() * rates**exponent
    for place, shopper in enumerate(window.again.shoppers[:9].tolist()):
        own = np.flatnonzero(train.shoppers == shopper)
        bought = (Interaction(f"p{train.products[line]}", float(train.times[line])) for line in own)
        served = personal_frequency(Profile("u", tuple(bought)), snapshot, resolved(snapshot))
        expected = np.zeros(PRODUCTS)
        expected[served.rows] = served.values
        np.testing.assert_allclose(found[place], expected, rtol=1e-5)


def test_blend_is_chosen_where_windows_agree() -> None:
    windows = [
        window.fit(replace(RECIPE, neighbours=100))
        for window in rolling_windows(PURCHASES, "time", without_text(PRODUCTS), RECIPE)
    ]
    found = [blend_ndcgs(window, 60.0, 0.0) for window in windows]
    gains = {blend: np.array([each[blend] / each[DEFAULT] - 1 for each in found]) for blend in BLENDS}
    acceptable = {blend: float(each.mean()) for blend, each in gains.items() if each.min() >= -0.02}
    best = max(acceptable, key=lambda blend: acceptable[blend])
    assert best != DEFAULT
    assert chosen(PURCHASES, "time").repurchase == best
    assert any(name.startswith("repurchase with") for name in chosen(PURCHASES, "time").gains)


def test_purchases_by_order_are_measured_by_date() -> None:
    dates = replace(PURCHASES, times=PURCHASES.times // 86_400 * 86_400)
    assert chosen(dates, "order").repurchase in BLENDS
    counters = replace(PURCHASES, times=np.arange(len(PURCHASES)))
    assert chosen(counters, "order").repurchase is None


def test_personal_frequency_is_served_where_it_is_best() -> None:
    """Shoppers buy again exactly those products that they bought most often."""
    window = rolling_windows(PURCHASES, "time", without_text(PRODUCTS), RECIPE)[0].fit(RECIPE)
    task, train = window.again, window.train
    days = own_frequency(train, task, FOREVER)
    truth = csr_array((days.data == days.data.max(), days.indices, days.indptr), shape=days.shape)
    weights = csr_array(random_weights(PRODUCTS, density=0.9))
    old = replace(window, again=replace(task, truth=truth.astype(np.float32)), weights=weights)
    found = blend_ndcgs(old, 60.0, 0.0)
    assert max(found, key=lambda blend: found[blend])[2] == FOREVER
