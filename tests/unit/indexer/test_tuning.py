"""Tuning: what is searched, by what, on what, and what is kept of it."""

import argparse
import os
from array import array
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState
from structlog.testing import capture_logs

from adapters.snapshots.manifest import EmbeddingModel
from indexer.commands import tune as tune_command
from indexer.commands.tune import recipe_of
from indexer.evaluation.rolling import WINDOWS, choose, rolling_periods
from indexer.factorization import Purchases, Recipe
from indexer.learning import Learning
from indexer.questions import EvaluationData, NothingToEvaluate
from indexer.recipe_file import RecipeFile, applied, read_recipe_file, write_recipe_file
from indexer.sources import ProductRows
from indexer.tuning import Budget, Parameters, Tuned, tune
from indexer.tuning.parameters import Validation, built_with, ranges
from indexer.tuning.past import Past
from indexer.tuning.study import complete_trials, open_study

SHOPPERS, PRODUCTS, GROUPS, EACH = 200, 60, 5, 10
DAY = 86_400
POOR = Learning(
    Recipe(text_weight=0.01, ridge=100.0, trend_exponent=1.0, trend_half_life_days=3.0), half_life_days=180.0
)
"""Defaults that leave something to find: texts tell here which products belong together, and there is no trend."""
POOR_PARAMETERS = Parameters(100.0, 0.01, 300, 1.0, 3.0, 180.0)
NO_TIME_LIMIT = 1e6


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A study is synced to the disk with every line; no test cuts the power."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def shop(seed: int = 3, shoppers: int = SHOPPERS) -> EvaluationData:
    """Shoppers who mostly buy from one group of products with similar texts, at distinct moments of about 300 days."""
    generator = np.random.default_rng(seed)
    group = np.arange(PRODUCTS) % GROUPS
    bought = []
    for _ in range(shoppers):
        own = group == generator.integers(GROUPS)
        weights = np.where(own, 8.0, 1.0)
        bought.append(generator.choice(PRODUCTS, EACH, replace=False, p=weights / weights.sum()))
    longest_gap = 2 * 300 * DAY // (shoppers * EACH)
    times = 20_000 * DAY + np.cumsum(generator.integers(1, longest_gap, shoppers * EACH))
    order = generator.permutation(shoppers * EACH)
    embeddings = generator.normal(size=(PRODUCTS, 8)) / 4 + np.eye(GROUPS, 8)[group]
    rows = ProductRows(
        row_of={f"p{row}": row for row in range(PRODUCTS)},
        text_numbers=array("i", range(PRODUCTS)),
        texts={f"text {row}": row for row in range(PRODUCTS)},
        documents=[b""] * PRODUCTS,
        categories=[""] * PRODUCTS,
        in_stock=array("b", [1] * PRODUCTS),
    )
    purchases = Purchases(
        shoppers=np.repeat(np.arange(shoppers, dtype=np.int32), EACH)[order],
        products=np.concatenate(bought).astype(np.int32)[order],
        times=times.astype(np.int64),
        shopper_count=shoppers,
    )
    return EvaluationData(
        "a shop", rows, purchases, embeddings.astype(np.float32), EmbeddingModel("m", "r", 8)
    )


def search(
    path: Path,
    trials: int,
    data: EvaluationData | None = None,
    learning: Learning = POOR,
    fixed: frozenset[str] = frozenset(),
    clock: Callable[[], float] = lambda: 0.0,
) -> Tuned:
    """A search of so many trials beside the defaults'."""
    return tune(data or shop(), learning, Budget(NO_TIME_LIMIT, trials), path, fixed, clock)


def trials_in(path: Path) -> list[optuna.trial.FrozenTrial]:
    """All trials of the study in a file."""
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path)))
    return optuna.load_study(study_name="recipe", storage=storage).trials


def plain_ndcgs(data: EvaluationData, parameters: Parameters) -> list[float]:
    """Mean NDCG@20 in each window, by loops over shoppers and dense EASE with text as side information."""
    by_time = np.argsort(data.purchases.times)
    past = by_time[: int(len(by_time) * 0.8)]
    triples = [
        (data.purchases.times[i], data.purchases.shoppers[i], data.purchases.products[i]) for i in past
    ]
    centred = data.embeddings - data.embeddings.mean(axis=0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    kernel = (unit @ unit.T) ** 2
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
        inverse = np.linalg.inv(gram + parameters.ridge * mean * np.eye(PRODUCTS))
        weights = -inverse / np.diag(inverse)
        np.fill_diagonal(weights, 0)
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


def test_better_parameters_are_found_and_their_gains_are_those_of_a_plain_computation(tmp_path: Path) -> None:
    data = shop()
    # All products are neighbours: nothing less than EASE.
    tuned = search(tmp_path / "s", 15, data, fixed=frozenset({"neighbours"}))
    assert tuned.parameters is not None
    assert tuned.gain > 0.03
    assert tuned.trials == 16
    assert tuned.kind == "time"
    assert not tuned.interrupted
    before, after = plain_ndcgs(data, POOR_PARAMETERS), plain_ndcgs(data, tuned.parameters)
    expected = [better / base - 1 for base, better in zip(before, after, strict=True)]
    assert tuned.gains == pytest.approx(expected, abs=1e-6)


def test_what_is_returned_is_the_best_of_the_trials_by_which_no_window_loses(tmp_path: Path) -> None:
    tuned = search(tmp_path / "s", 12)
    trials = trials_in(tmp_path / "s")
    sound = [t for t in trials if min(t.user_attrs["gains"]) >= -0.02]
    best = max(sound, key=lambda trial: trial.value or 0.0)
    assert tuned.gains == tuple(best.user_attrs["gains"])
    assert tuned.gain == pytest.approx(best.value)
    assert tuned.parameters == Parameters(**best.params)


def test_a_larger_gain_by_which_one_window_loses_is_not_taken(tmp_path: Path) -> None:
    data, path = shop(), tmp_path / "s"
    assert search(path, 0, data).parameters is None
    study = open_study(path, Past.of(data, POOR).marks(POOR, frozenset()), 1)
    spans = ranges(POOR_PARAMETERS)
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


def test_the_defaults_are_tried_first_and_are_as_good_as_themselves(tmp_path: Path) -> None:
    tuned = search(tmp_path / "s", 0)
    assert (tuned.parameters, tuned.gains, tuned.gain, tuned.trials) == (None, (), 0.0, 1)
    (trial,) = trials_in(tmp_path / "s")
    assert trial.params["ridge"] == 100.0
    assert trial.params["neighbours"] == 300
    assert trial.value == 0.0


def test_the_defaults_are_what_a_build_takes() -> None:
    data, learning = shop(), Learning(Recipe())
    past = Past.of(data, learning)
    choices = choose(past.purchases, past.kind, past.content, learning.recipe, None)
    assert built_with(past, learning) == Parameters(
        6.0, 0.4, 300, choices.trend_exponent, 7.0, choices.half_life_days
    )
    chosen = replace(POOR, recipe=replace(POOR.recipe, neighbours=80))
    assert built_with(past, chosen) == replace(POOR_PARAMETERS, neighbours=80)


def test_ranges_hold_defaults_that_lie_outside_of_them() -> None:
    defaults = Parameters(0.1, 5.0, 1000, 1.5, 0.5, 36_500.0)
    for name, span in ranges(defaults).items():
        assert span._contains(span.to_internal_repr(getattr(defaults, name)))


def test_trials_in_a_row_share_what_is_fitted_and_differ_in_how_it_is_scored(tmp_path: Path) -> None:
    search(tmp_path / "s", 14)
    trials = trials_in(tmp_path / "s")
    fitted = [(t.params["ridge"], t.params["text_weight"], t.params["neighbours"]) for t in trials]
    assert fitted[:5] == [(100.0, 0.01, 300)] * 5
    assert len({*fitted[5:10]}) == 1
    assert len({*fitted[10:15]}) == 1
    assert len({*fitted}) == 3
    assert len({t.params["half_life_days"] for t in trials}) == 15


def test_scores_do_not_depend_on_what_was_fitted_before(tmp_path: Path) -> None:
    search(tmp_path / "s", 7)
    trials = trials_in(tmp_path / "s")
    # On its own, the seventh trial has to be fitted anew.
    alone = search_one(Parameters(**trials[7].params))
    base = search_one(Parameters(**trials[0].params))
    gains = [value / reference - 1 for reference, value in zip(base, alone, strict=True)]
    assert trials[7].user_attrs["gains"] == pytest.approx(gains)


def search_one(parameters: Parameters) -> list[float]:
    """NDCGs of a fresh validation."""
    past = Past.of(shop(), POOR)
    periods = rolling_periods(past.purchases, past.kind, past.content, POOR.recipe)
    return Validation(periods, POOR.recipe).ndcgs(parameters)


def test_nothing_after_the_cut_is_looked_at(tmp_path: Path) -> None:
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


def test_a_second_run_goes_on_where_the_first_one_ended(tmp_path: Path) -> None:
    path = tmp_path / "s"
    assert search(path, 3).trials == 4
    first = trials_in(path)
    tuned = search(path, 8)
    assert tuned.trials == 12
    trials = trials_in(path)
    assert [t.params for t in trials[:4]] == [t.params for t in first]
    assert len({t.params["half_life_days"] for t in trials}) == 12
    assert sum(t.params["ridge"] == 100.0 for t in trials) == 4
    assert tuned.gain == max(float(np.mean(t.user_attrs["gains"])) for t in trials if sound(t))


def sound(trial: optuna.trial.FrozenTrial) -> bool:
    """Whether no window loses more than two percent by it."""
    return bool(min(trial.user_attrs["gains"]) >= -0.02)


def test_a_study_of_other_data_or_settings_is_refused_with_what_differs(tmp_path: Path) -> None:
    path, data = tmp_path / "s", shop()
    search(path, 0, data)
    swapped = data.purchases.products.copy()
    swapped[[0, 1]] = swapped[[1, 0]]
    for other, learning, named in (
        (replace(data, purchases=replace(data.purchases, products=swapped)), POOR, "checksum"),
        (shop(shoppers=210), POOR, "purchases: 1600 there, 1680 here"),
        (data, replace(POOR, kind="order"), "split: time there, order here"),
        (data, replace(POOR, half_life_days=90.0), "half_life_days: 180.0 there, 90.0 here"),
        (data, replace(POOR, recipe=replace(POOR.recipe, minimum_buyers=3)), "minimum_buyers"),
    ):
        with pytest.raises(ValueError, match="is of other data or settings") as refusal:
            search(path, 1, other, learning)
        assert named in str(refusal.value)
        assert str(path) in str(refusal.value)
    with pytest.raises(ValueError, match="not searched"):
        search(path, 1, data, fixed=frozenset({"ridge"}))
    assert len(trials_in(path)) == 1


def test_a_file_that_is_no_study_is_refused_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "s"
    for content in ("{}\n{}\n", "no study\nat all\n", "[1]\n"):
        path.write_text(content)
        with pytest.raises(ValueError, match="is no study of `tune`"):
            search(path, 1)
        assert path.read_text() == content


def test_parameters_that_are_set_elsewhere_are_not_searched(tmp_path: Path) -> None:
    fixed = frozenset({"ridge", "neighbours", "half_life_days"})
    tuned = search(tmp_path / "s", 10, fixed=fixed)
    assert tuned.parameters is not None
    assert (tuned.parameters.ridge, tuned.parameters.neighbours) == (100.0, 300)
    assert tuned.parameters.half_life_days == 180.0
    assert tuned.parameters.text_weight != 0.01
    written = recipe_of(tuned, RecipeFile(), 2, fixed)
    assert (written.ridge, written.neighbours, written.half_life_days) == (None, None, None)


def test_what_is_only_fitted_or_only_scored_can_be_searched_alone(tmp_path: Path) -> None:
    dear, cheap = frozenset({"ridge", "text_weight", "neighbours"}), frozenset(ranges(Parameters(*[1.0] * 6)))
    search(tmp_path / "cheap", 3, fixed=dear)
    assert {*trials_in(tmp_path / "cheap")[3].params} == cheap - dear
    search(tmp_path / "dear", 3, fixed=cheap - dear)
    assert len({t.params["ridge"] for t in trials_in(tmp_path / "dear")}) == 4
    with pytest.raises(ValueError, match="nothing to tune"):
        search(tmp_path / "none", 3, fixed=cheap)


def test_the_search_ends_when_its_time_is_over(tmp_path: Path) -> None:
    ticks = iter(range(0, 10_000, 10))
    tuned = tune(shop(), POOR, Budget(100.0), tmp_path / "s", clock=lambda: float(next(ticks)))
    assert 2 <= tuned.trials <= 10
    over = tune(shop(), POOR, Budget(0.0), tmp_path / "none", clock=lambda: 0.0)
    assert over.trials == 1


def test_an_interrupted_search_keeps_what_it_found_and_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, calls = tmp_path / "s", 0
    ndcgs = Validation.ndcgs

    def interrupted_at_the_eighth(self: Validation, parameters: Parameters) -> list[float]:
        nonlocal calls
        calls += 1
        if calls == 8:
            raise KeyboardInterrupt
        return ndcgs(self, parameters)

    monkeypatch.setattr(Validation, "ndcgs", interrupted_at_the_eighth)
    tuned = search(path, 30)
    assert tuned.interrupted
    assert tuned.trials == 7
    assert [t.state for t in trials_in(path)] == [TrialState.COMPLETE] * 7 + [TrialState.FAIL]
    again = search(path, 2)
    assert not again.interrupted
    assert again.trials == 9


def test_one_seed_gives_one_search_and_another_seed_another(tmp_path: Path) -> None:
    def half_lives(name: str, seed: int) -> list[float]:
        search(tmp_path / name, 4, learning=replace(POOR, recipe=replace(POOR.recipe, seed=seed)))
        return [t.params["half_life_days"] for t in trials_in(tmp_path / name)[1:]]

    assert half_lives("one", 1) == half_lives("again", 1)
    assert half_lives("one", 1)[:4] != half_lives("other", 2)


def test_too_few_shoppers_to_tune_by_leave_no_study(tmp_path: Path) -> None:
    with pytest.raises(NothingToEvaluate, match="30 shoppers"):
        search(tmp_path / "s", 1, shop(shoppers=25))
    assert not (tmp_path / "s").exists()


def test_a_search_says_nothing_on_its_own(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    optuna.logging.set_verbosity(optuna.logging.INFO)
    search(tmp_path / "s", 2)
    search(tmp_path / "s", 2)
    printed = capfd.readouterr()
    assert "study" not in printed.err
    assert "[I" not in printed.err


def test_a_line_is_logged_for_the_best_so_far_and_else_every_five_seconds(tmp_path: Path) -> None:
    with capture_logs() as lines:
        search(tmp_path / "s", 15)
    said = [line for line in lines if line["event"] == "trial"]
    assert 2 <= len(said) < 15
    assert said[0]["number"] == 1
    best = [line["best"] for line in said]
    assert best == sorted(best)
    assert len({*best[1:]}) == len(best) - 1
    seconds = iter(range(0, 10_000, 5))
    with capture_logs() as lines:
        search(tmp_path / "slow", 15, clock=lambda: float(next(seconds)))
    assert [line["number"] for line in lines if line["event"] == "trial"] == [*range(1, 16)]


def test_a_recipe_file_says_what_was_found_or_nothing_but_how_it_was_sought(tmp_path: Path) -> None:
    found = Tuned(
        Parameters(12.3456789, 0.5, 120, 0.25, 14.0, 90.0), (0.0123456, 0.02, -0.01), 40, "time", False
    )
    path = tmp_path / "recipe.json"
    write_recipe_file(path, recipe_of(found, RecipeFile(rank=64), 3))
    assert read_recipe_file(path) == RecipeFile(
        text_weight=0.5,
        ridge=12.35,
        neighbours=120,
        rank=64,
        trend_exponent=0.25,
        trend_half_life_days=14.0,
        half_life_days=90.0,
        found={
            "trials": 40,
            "gain": 0.0074,
            "gain_in_window_1": 0.0123,
            "gain_in_window_2": 0.02,
            "gain_in_window_3": -0.01,
            "split": "time",
            "minimum_buyers": 3,
        },
    )
    nothing = Tuned(None, (), 40, "order", False)
    silent = RecipeFile(found={"trials": 40, "gain": 0.0, "split": "order", "minimum_buyers": 2})
    assert recipe_of(nothing, RecipeFile(), 2) == silent
    assert applied(silent, POOR, frozenset()) == POOR
    started_from = RecipeFile(ridge=9.0, found={"trials": 3})
    assert recipe_of(nothing, started_from, 2).ridge == 9.0


def test_the_command_takes_the_arguments_of_evaluate_and_its_own() -> None:
    parser = argparse.ArgumentParser()
    tune_command.add_commands(lambda name, command, summary, details: parser)
    plain = parser.parse_args([])
    assert (plain.minutes, plain.output, plain.study, plain.split) == (30, Path("recipe.json"), None, "auto")
    given = parser.parse_args(
        ["--minutes", "5", "--purchases", "p.parquet", "--min-buyers", "3", "--study", "x"]
    )
    assert (given.minutes, given.purchases, given.min_buyers) == (5, Path("p.parquet"), 3)
    assert given.study == Path("x")


def test_complete_trials_leave_out_those_that_were_broken_off(tmp_path: Path) -> None:
    study = open_study(tmp_path / "s", {"purchases": 1}, 1)
    study.tell(study.ask(), 0.5)
    study.tell(study.ask(), state=TrialState.FAIL)
    study.ask()
    assert [trial.value for trial in complete_trials(study)] == [0.5]
