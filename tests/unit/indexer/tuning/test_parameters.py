"""Parameters: defaults, search space and scores."""

from dataclasses import replace
from pathlib import Path

import optuna
import pytest

from indexer.commands.tune import recipe_of
from indexer.factorization import Recipe
from indexer.training.recipe_file import RecipeFile
from indexer.training.selection import choose_parameters
from indexer.training.train import TrainingConfig
from indexer.training.windows import rolling_windows
from indexer.tuning import Parameters
from indexer.tuning.data import TrainingData
from indexer.tuning.parameters import Validation, default_parameters, search_space
from tests.support.builders.shops.tuning_shop import POOR, POOR_PARAMETERS, search, shop, trials_in


def test_defaults_equal_the_parameters_of_a_build() -> None:
    data, config = shop(), TrainingConfig(Recipe())
    training_data = TrainingData.of(data, config)
    choices = choose_parameters(
        training_data.purchases, training_data.kind, training_data.content, config.recipe, None
    )
    assert default_parameters(training_data, config) == Parameters(
        choices.ridge or 6.0, 0.4, 200, choices.trend_exponent, 7.0, choices.half_life_days
    )
    chosen = replace(POOR, recipe=replace(POOR.recipe, neighbours=80))
    assert default_parameters(training_data, chosen) == replace(POOR_PARAMETERS, neighbours=80)


def test_search_space_includes_unusual_defaults() -> None:
    defaults = Parameters(0.1, 5.0, 1000, 1.5, 0.5, 36_500.0)
    space = search_space(defaults)
    # Optuna rejects parameters outside of the search space.
    optuna.create_trial(
        value=0.0, params={name: getattr(defaults, name) for name in space}, distributions=space
    )


def test_scores_do_not_depend_on_earlier_fits(tmp_path: Path) -> None:
    search(tmp_path / "s", 7)
    trials = trials_in(tmp_path / "s")
    # Scored alone, the seventh trial needs its own fit.
    alone = search_one(Parameters(**trials[7].params))
    base = search_one(Parameters(**trials[0].params))
    gains = [value / reference - 1 for reference, value in zip(base, alone, strict=True)]
    assert trials[7].user_attrs["gains"] == pytest.approx(gains)


def search_one(parameters: Parameters) -> list[float]:
    """NDCG@20 of a new validation."""
    training_data = TrainingData.of(shop(), POOR)
    windows = rolling_windows(training_data.purchases, training_data.kind, training_data.content, POOR.recipe)
    return Validation(windows, POOR.recipe).ndcgs(parameters)


def test_fixed_parameters_are_not_searched(tmp_path: Path) -> None:
    fixed = frozenset({"ridge", "neighbours", "half_life_days"})
    tuned = search(tmp_path / "s", 10, fixed=fixed)
    assert tuned.parameters is not None
    assert (tuned.parameters.ridge, tuned.parameters.neighbours) == (100.0, 200)
    assert tuned.parameters.half_life_days == 180.0
    assert tuned.parameters.text_weight != 0.01
    written = recipe_of(tuned, RecipeFile(), 2, fixed)
    assert (written.ridge, written.neighbours, written.half_life_days) == (None, None, None)


def test_fit_and_scoring_parameters_can_be_searched_separately(tmp_path: Path) -> None:
    dear, cheap = (
        frozenset({"ridge", "text_weight", "neighbours"}),
        frozenset(search_space(Parameters(*[1.0] * 6))),
    )
    search(tmp_path / "cheap", 3, fixed=dear)
    assert {*trials_in(tmp_path / "cheap")[3].params} == cheap - dear
    search(tmp_path / "dear", 3, fixed=cheap - dear)
    assert len({t.params["ridge"] for t in trials_in(tmp_path / "dear")}) == 4
    with pytest.raises(ValueError, match="nothing to tune"):
        search(tmp_path / "none", 3, fixed=cheap)
