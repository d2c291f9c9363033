"""The recipe file: parameters that `tune` found, for builds and evaluations to take."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from indexer.training.train import Learning


class RecipeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a recipe file may say; what it leaves out stays as the settings have it.

    Attributes:
        text_weight, ridge, neighbours, trend_exponent, trend_half_life_days, minimum_buyers, rank: see Recipe.
        half_life_days: age at which a purchase counts half in a shopper's profile.
        found: how it was found, for people.
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


def read_recipe_file(path: Path) -> RecipeFile:
    """Reads a recipe file.

    Raises:
        ValueError: it is missing, no JSON, or holds something else; the message names the file and what is wrong.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=RecipeFile)
    except OSError as error:
        raise ValueError(f"the recipe file {path} cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no recipe file: {error}") from error


def write_recipe_file(path: Path, recipe: RecipeFile) -> None:
    """Writes a recipe file; raises OSError."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(recipe), indent=2) + b"\n")


def applied(recipe: RecipeFile, learning: Learning, given: frozenset[str]) -> Learning:
    """`learning` with what the file says, except for the parameters that were `given` otherwise."""
    said = {
        name: value
        for name in recipe.__struct_fields__
        if name != "found" and name not in given and (value := getattr(recipe, name)) is not None
    }
    half_life_days = said.pop("half_life_days", learning.half_life_days)
    return replace(learning, recipe=replace(learning.recipe, **said), half_life_days=half_life_days)
