"""Recipe files of `tune`, read by builds and evaluations."""

import json
from pathlib import Path

import pytest

from indexer.factorization import Recipe
from indexer.training.recipe_file import RecipeFile, apply_recipe_file, read_recipe_file, write_recipe_file
from indexer.training.train import TrainingConfig

EVERYTHING = RecipeFile(
    text_weight=0.7,
    ridge=12.5,
    neighbours=150,
    rank=64,
    minimum_buyers=3,
    trend_exponent=0.25,
    trend_half_life_days=14.0,
    half_life_days=90.0,
    found={"trials": 40, "gain": 0.031, "split": "time"},
)


def problem_with(path: Path) -> str:
    """Message of the error when the file is read."""
    with pytest.raises(ValueError, match="recipe file") as refusal:
        read_recipe_file(path)
    return str(refusal.value)


def test_written_recipe_reads_back_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "recipe.json"
    write_recipe_file(path, EVERYTHING)
    assert read_recipe_file(path) == EVERYTHING
    assert json.loads(path.read_text())["ridge"] == 12.5


def test_absent_parameters_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "recipe.json"
    write_recipe_file(path, RecipeFile(ridge=3.0, found={"trials": 1}))
    assert json.loads(path.read_text()) == {"ridge": 3.0, "found": {"trials": 1}}
    write_recipe_file(path, RecipeFile())
    assert read_recipe_file(path) == RecipeFile()


def test_recipe_changes_exactly_the_parameters_it_contains() -> None:
    config = TrainingConfig(Recipe(history_limit=77, seed=5, browsing_weight=0.3))
    assert apply_recipe_file(EVERYTHING, config, frozenset()) == TrainingConfig(
        Recipe(
            text_weight=0.7,
            ridge=12.5,
            neighbours=150,
            rank=64,
            history_limit=77,
            minimum_buyers=3,
            trend_exponent=0.25,
            trend_half_life_days=14.0,
            browsing_weight=0.3,
            seed=5,
        ),
        half_life_days=90.0,
    )


def test_empty_recipe_changes_nothing() -> None:
    config = TrainingConfig(Recipe(ridge=9.0), half_life_days=60.0)
    assert apply_recipe_file(RecipeFile(found={"trials": 9}), config, frozenset()) == config


def test_explicit_settings_take_precedence_over_a_recipe() -> None:
    config = TrainingConfig(Recipe(ridge=50.0), half_life_days=30.0)
    both = apply_recipe_file(EVERYTHING, config, frozenset({"ridge", "half_life_days"}))
    assert both.recipe.ridge == 50.0
    assert both.half_life_days == 30.0
    assert both.recipe.text_weight == 0.7


def test_recipe_may_set_a_parameter_to_zero() -> None:
    zero = apply_recipe_file(
        RecipeFile(text_weight=0.0, trend_exponent=0.0), TrainingConfig(Recipe()), frozenset()
    )
    assert zero.recipe.text_weight == 0.0
    assert zero.recipe.trend_exponent == 0.0


def test_invalid_recipe_file_is_named_with_its_problem(tmp_path: Path) -> None:
    path = tmp_path / "recipe.json"
    assert problem_with(path) == f"the recipe file {path} cannot be read: No such file or directory"
    for content, reason in (
        (b"ridge = 3", "malformed"),
        (b'{"ridge": "much"}', "$.ridge"),
        (b'{"ridges": 3.0}', "`ridges`"),
        (b'{"neighbours": 1.5}', "$.neighbours"),
        (b"[]", "array"),
        (b"", "truncated"),
        (b'{"found": {"a": "\xff"}}', "utf-8"),
    ):
        path.write_bytes(content)
        assert problem_with(path).startswith(f"{path} is not a recipe file: ")
        assert reason in problem_with(path)
