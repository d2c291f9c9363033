"""The `tune` command: arguments and recipe file."""

import argparse
from pathlib import Path

from indexer.commands import tune as tune_command
from indexer.commands.tune import recipe_of
from indexer.training.recipe_file import RecipeFile, apply_recipe_file, read_recipe_file, write_recipe_file
from indexer.tuning import Parameters, TuningResult
from purchase_files.arguments import reading_options
from tests.support.builders.shops.tuning_shop import POOR


def test_recipe_file_contains_better_parameters_or_only_the_search(tmp_path: Path) -> None:
    found = TuningResult(
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
    nothing = TuningResult(None, (), 40, "order", False)
    silent = RecipeFile(found={"trials": 40, "gain": 0.0, "split": "order", "minimum_buyers": 2})
    assert recipe_of(nothing, RecipeFile(), 2) == silent
    assert apply_recipe_file(silent, POOR, frozenset()) == POOR
    started_from = RecipeFile(ridge=9.0, found={"trials": 3})
    assert recipe_of(nothing, started_from, 2).ridge == 9.0


def test_command_accepts_arguments_of_evaluate_and_its_own() -> None:
    parser = argparse.ArgumentParser()
    tune_command.add_commands(lambda name, command, summary, details: parser)
    plain = parser.parse_args([])
    assert (plain.minutes, plain.output, plain.study, plain.split) == (30, Path("recipe.json"), None, "auto")
    given = parser.parse_args(
        [
            "--minutes",
            "5",
            "--purchases",
            "p.csv",
            "q.csv",
            "--dates",
            "dmy",
            "--min-buyers",
            "3",
            "--study",
            "x",
        ]
    )
    assert (given.minutes, given.purchases, given.min_buyers) == (5, [Path("p.csv"), Path("q.csv")], 3)
    assert reading_options(given).dates == "dmy"
    assert given.study == Path("x")
