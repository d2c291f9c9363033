"""The parameter search."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest

from indexer.evaluation.dataset import EvaluationData
from indexer.training.windows import WINDOWS
from indexer.tuning import Budget, Parameters, tune
from indexer.tuning.data import TrainingData
from indexer.tuning.parameters import search_space
from indexer.tuning.study import open_study
from tests.support.builders.shops.tuning_shop import (
    DAY,
    POOR,
    POOR_PARAMETERS,
    PRODUCTS,
    SHOPPERS,
    search,
    shop,
    trials_in,
)


def plain_ndcgs(data: EvaluationData, parameters: Parameters) -> list[float]:
    """Mean NDCG@20 in each window, by plain loops.

    Uses EASE with text as side information, over the products that each one is related to.
    """
    by_time = np.argsort(data.purchases.times)
    past = by_time[: int(len(by_time) * 0.8)]
    triples = [
        (data.purchases.times[i], data.purchases.shoppers[i], data.purchases.products[i]) for i in past
    ]
    centered = data.embeddings - data.embeddings.mean(axis=0)
    unit = centered / np.linalg.norm(centered, axis=1, keepdims=True)
    kernel = np.maximum(unit @ unit.T, 0) ** 2
    found = []
    for start, end in WINDOWS:
        train, test = (
            triples[: int(len(triples) * start)],
            triples[int(len(triples) * start) : int(len(triples) * end)],
        )
        x = np.zeros((SHOPPERS, PRODUCTS))
        for _, shopper, product in train:
            x[shopper, product] = 1
        mean = x.sum() / PRODUCTS
        gram = x.T @ x + parameters.text_weight * mean * kernel
        system = gram + parameters.ridge * mean * np.eye(PRODUCTS)
        weights = np.zeros((PRODUCTS, PRODUCTS))
        for product in range(PRODUCTS):
            related = np.flatnonzero((gram[product] > 0) & (np.arange(PRODUCTS) != product))
            weights[related, product] = np.linalg.solve(
                system[np.ix_(related, related)], gram[related, product]
            )
        newest = train[-1][0]
        recency = np.array(
            [0.5 ** ((newest - t) / DAY / parameters.trend_half_life_days) for t, _, _ in train]
        )
        sold = np.array([product for _, _, product in train])
        recent = np.array([recency[sold == product].sum() for product in range(PRODUCTS)])
        expected = x.sum(axis=0) * recency.sum() / len(train)
        trend = ((recent + 1) / (expected + 1)) ** parameters.trend_exponent
        values = []
        for shopper in range(SHOPPERS):
            history = {product: time for time, who, product in train if who == shopper}
            truth = {product for _, who, product in test if who == shopper}
            if history and truth:
                latest = max(history.values())
                scores = np.zeros(PRODUCTS)
                for product, time in history.items():
                    scores += 0.5 ** ((latest - time) / DAY / parameters.half_life_days) * weights[product]
                scores *= trend
                scores[list(history)] = -np.inf
                ranked = np.argsort(-scores)[:20]
                gain = sum(1 / np.log2(place + 2) for place, product in enumerate(ranked) if product in truth)
                values.append(gain / sum(1 / np.log2(place + 2) for place in range(min(20, len(truth)))))
        found.append(float(np.mean(values)))
    return found


def test_search_finds_better_parameters_with_correct_gains(tmp_path: Path) -> None:
    data = shop()
    # With all products as neighbours, the model equals EASE over related products.
    tuned = search(tmp_path / "s", 15, data, fixed=frozenset({"neighbours"}))
    assert tuned.parameters is not None
    assert tuned.gain > 0.03
    assert tuned.trials == 16
    assert tuned.kind == "time"
    assert not tuned.interrupted
    before, after = plain_ndcgs(data, POOR_PARAMETERS), plain_ndcgs(data, tuned.parameters)
    expected = [better / base - 1 for base, better in zip(before, after, strict=True)]
    assert tuned.gains == pytest.approx(expected, abs=1e-6)


def test_result_is_the_best_trial_that_loses_in_no_window(tmp_path: Path) -> None:
    tuned = search(tmp_path / "s", 12)
    trials = trials_in(tmp_path / "s")
    sound = [t for t in trials if min(t.user_attrs["gains"]) >= -0.02]
    best = max(sound, key=lambda trial: trial.value or 0.0)
    assert tuned.gains == tuple(best.user_attrs["gains"])
    assert tuned.gain == pytest.approx(best.value)
    assert tuned.parameters == Parameters(**best.params)


def test_trial_that_loses_in_one_window_is_not_taken(tmp_path: Path) -> None:
    data, path = shop(), tmp_path / "s"
    assert search(path, 0, data).parameters is None
    study = open_study(path, TrainingData.of(data, POOR).fingerprint(POOR, frozenset()), 1)
    spans = search_space(POOR_PARAMETERS)
    for ridge, gains in ((10.0, [0.5, -0.021, 0.5]), (20.0, [0.01, -0.019, 0.03]), (30.0, [0.004] * 3)):
        params = {
            "ridge": ridge,
            "text_weight": 1.0,
            "neighbours": 60,
            "trend_exponent": 0.0,
            "trend_half_life_days": 7.0,
            "half_life_days": 90.0,
        }
        study.add_trial(
            optuna.trial.create_trial(
                params=params, distributions=spans, value=float(np.mean(gains)), user_attrs={"gains": gains}
            )
        )
    tuned = search(path, 0, data)
    assert tuned.parameters is not None
    assert tuned.parameters.ridge == 20.0
    assert tuned.gains == (0.01, -0.019, 0.03)


def test_defaults_are_tried_first_without_gain(tmp_path: Path) -> None:
    tuned = search(tmp_path / "s", 0)
    assert (tuned.parameters, tuned.gains, tuned.gain, tuned.trials) == (None, (), 0.0, 1)
    (trial,) = trials_in(tmp_path / "s")
    assert trial.params["ridge"] == 100.0
    assert trial.params["neighbours"] == 200
    assert trial.value == 0.0


def test_consecutive_trials_share_a_fit(tmp_path: Path) -> None:
    search(tmp_path / "s", 14)
    trials = trials_in(tmp_path / "s")
    fitted = [(t.params["ridge"], t.params["text_weight"], t.params["neighbours"]) for t in trials]
    assert fitted[:5] == [(100.0, 0.01, 200)] * 5
    assert len({*fitted[5:10]}) == 1
    assert len({*fitted[10:15]}) == 1
    assert len({*fitted}) == 3
    assert len({t.params["half_life_days"] for t in trials}) == 15


def test_purchases_after_the_cut_are_not_used(tmp_path: Path) -> None:
    data = shop()
    purchases = data.purchases
    after = purchases.times >= np.sort(purchases.times)[int(len(purchases) * 0.8)]
    assert after.sum() == len(purchases) * 0.2
    changed = replace(
        purchases,
        products=np.where(after, 0, purchases.products).astype(np.int32),
        shoppers=np.where(after, purchases.shoppers[::-1], purchases.shoppers).astype(np.int32),
    )
    one = search(tmp_path / "one", 6, data)
    other = search(tmp_path / "other", 6, replace(data, purchases=changed))
    assert one == other
    pairs = zip(trials_in(tmp_path / "one"), trials_in(tmp_path / "other"), strict=True)
    assert all((a.params, a.value) == (b.params, b.value) for a, b in pairs)
    assert search(tmp_path / "one", 1, replace(data, purchases=changed)).trials == 8


def test_search_ends_after_its_time(tmp_path: Path) -> None:
    ticks = iter(range(0, 10_000, 10))
    tuned = tune(shop(), POOR, Budget(100.0), tmp_path / "s", clock=lambda: float(next(ticks)))
    assert 2 <= tuned.trials <= 10
    over = tune(shop(), POOR, Budget(0.0), tmp_path / "none", clock=lambda: 0.0)
    assert over.trials == 1


def test_search_is_determined_by_its_seed(tmp_path: Path) -> None:
    def half_lives(name: str, seed: int) -> list[float]:
        search(tmp_path / name, 4, config=replace(POOR, recipe=replace(POOR.recipe, seed=seed)))
        return [t.params["half_life_days"] for t in trials_in(tmp_path / name)[1:]]

    assert half_lives("one", 1) == half_lives("again", 1)
    assert half_lives("one", 1)[:4] != half_lives("other", 2)
