"""The command that searches for parameters that suit the user's own data better."""

import argparse
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import structlog

from adapters.telemetry import Telemetry
from indexer.commands.arguments import (
    AddCommand,
    add_data_arguments,
    add_protocol_arguments,
    positive,
)
from indexer.settings import IndexerSettings
from indexer.training.recipe_file import RecipeFile, read_recipe_file, write_recipe_file
from indexer.wiring import evaluated_learning, evaluation_data

if TYPE_CHECKING:
    from indexer.tuning import Tuned


def add_commands(add: AddCommand) -> None:
    """Adds it to the command line."""
    tune = add(
        "tune",
        _tune,
        "search for training parameters that suit your data better",
        "Tries parameters on\nwindows of the data that end before the cut of `evaluate`, and writes a recipe file for"
        " `build --recipe` and\n`evaluate --recipe`. Interrupted by Ctrl-C or called again, it goes on where it ended."
        " Parameters that are set as\nINDEXER_ variables are not searched.",
    )
    add_data_arguments(tune)
    add_protocol_arguments(tune)
    tune.add_argument(
        "--minutes", type=positive, default=30, metavar="N", help="how long to search (default: 30)"
    )
    tune.add_argument(
        "--output",
        type=Path,
        default=Path("recipe.json"),
        metavar="FILE",
        help="where the recipe goes (default: ./recipe.json)",
    )
    tune.add_argument(
        "--study",
        type=Path,
        metavar="FILE",
        help="keeps what was tried (default: the output with the suffix .study)",
    )


def _tune(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> None:
    # Optuna takes half a second to import, which no other command should wait for.
    from indexer.tuning import Budget, Parameters, tune

    del telemetry
    study = options.study or options.output.with_suffix(".study")
    if study == options.output:
        raise ValueError(f"recipe and study cannot be one file, {study}: name another with --study")
    base = _base(options, settings)
    # Before half an hour of work: a folder that cannot be written should be known.
    for path in (options.output, study):
        path.parent.mkdir(parents=True, exist_ok=True)
    learning = evaluated_learning(settings, options)
    learning = replace(learning, kind=None if options.split == "auto" else options.split)
    fixed = frozenset(settings.model_fields_set) & Parameters.__dataclass_fields__.keys()
    data = evaluation_data(settings, options)
    tuned = tune(data, learning, Budget(options.minutes * 60), study, frozenset(fixed))
    log = structlog.get_logger("indexer")
    if tuned.parameters is None:
        log.info("the defaults are as good", trials=tuned.trials)
    write_recipe_file(options.output, recipe_of(tuned, base, learning.recipe.minimum_buyers, fixed))
    log.info("recipe written", recipe=str(options.output), study=str(study), gain=round(tuned.gain, 4))
    if tuned.interrupted:
        raise KeyboardInterrupt


def _base(options: argparse.Namespace, settings: IndexerSettings) -> RecipeFile:
    """What the search starts from, beside the settings."""
    path = options.recipe or settings.recipe_file
    return read_recipe_file(path) if path else RecipeFile()


def recipe_of(
    tuned: "Tuned", base: RecipeFile, minimum_buyers: int, fixed: frozenset[str] = frozenset()
) -> RecipeFile:
    """What was found as a recipe file says it, to four digits.

    Args:
        tuned: what was found.
        base: the recipe that was started from; it stays as it is where nothing better was found.
        minimum_buyers: for people.
        fixed: parameters that were not searched: they are left out.
    """
    found: dict[str, str | int | float] = {
        "trials": tuned.trials,
        "gain": round(tuned.gain, 4),
        **{f"gain_in_window_{place}": round(gain, 4) for place, gain in enumerate(tuned.gains, 1)},
        "split": tuned.kind,
        "minimum_buyers": minimum_buyers,
    }
    better = asdict(tuned.parameters) if tuned.parameters else {}
    searched = {name: _rounded(value) for name, value in better.items() if name not in fixed}
    return msgspec.structs.replace(base, **searched, found=found)


def _rounded(value: float) -> float:
    return value if isinstance(value, int) else float(f"{value:.4g}")
