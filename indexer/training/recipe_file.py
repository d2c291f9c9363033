"""Recipe files: parameters that `tune` found, for builds and evaluations."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from command_line.wrong_input import WrongInput
from indexer.training.train import TrainingConfig


class RecipeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Contents of a recipe file. Absent parameters keep their value from the settings.

    Attributes:
        text_weight, ridge, neighbours, trend_exponent, trend_half_life_days, minimum_buyers, rank: see `Recipe`.
        half_life_days: half-life of a purchase in a shopper's profile.
        found: details of the search, as information.
    """

    text_weight: Annotated[float, Meta(ge=0, le=10)] | None = None
    ridge: Annotated[float, Meta(ge=0.01, le=100_000)] | None = None
    neighbours: Annotated[int, Meta(ge=1, le=1000)] | None = None
    rank: Annotated[int, Meta(ge=1, le=1024)] | None = None
    minimum_buyers: Annotated[int, Meta(ge=1)] | None = None
    trend_exponent: Annotated[float, Meta(ge=0, le=2)] | None = None
    trend_half_life_days: Annotated[float, Meta(ge=0.1, le=1000)] | None = None
    half_life_days: Annotated[float, Meta(ge=0.01, le=100_000)] | None = None
    found: dict[str, str | int | float] = {}


class InvalidRecipe(WrongInput):
    """A recipe file is missing or invalid."""


def read_recipe_file(path: Path) -> RecipeFile:
    """Reads a recipe file.

    Raises:
        InvalidRecipe: the file is missing, not JSON or has unknown fields.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=RecipeFile)
    except OSError as error:
        raise InvalidRecipe(f"the recipe file {path} cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRecipe(f"{path} is not a recipe file: {error}") from error


def write_recipe_file(path: Path, recipe: RecipeFile) -> None:
    """Writes a recipe file.

    Raises:
        OSError: the file cannot be written.
    """
    path.write_bytes(msgspec.json.format(msgspec.json.encode(recipe), indent=2) + b"\n")


def apply_recipe_file(recipe: RecipeFile, config: TrainingConfig, given: frozenset[str]) -> TrainingConfig:
    """Returns `config` with the file's parameters, except for those `given` by other means."""
    given_values = {
        name: value
        for name in recipe.__struct_fields__
        if name != "found" and name not in given and (value := getattr(recipe, name)) is not None
    }
    half_life_days = given_values.pop("half_life_days", config.half_life_days)
    return replace(config, recipe=replace(config.recipe, **given_values), half_life_days=half_life_days)
