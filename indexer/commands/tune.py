"""The `tune` command: searches for better training parameters on the user's own data."""

import argparse
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import structlog

from adapters.telemetry import Telemetry
from command_line.wrong_input import WrongInput
from indexer.commands.arguments import (
    AddCommand,
    add_data_arguments,
    add_protocol_arguments,
    positive,
)
from indexer.settings import IndexerSettings
from indexer.training.recipe_file import RecipeFile, read_recipe_file, write_recipe_file
from indexer.wiring.evaluations import evaluation_config, evaluation_data

if TYPE_CHECKING:
    from indexer.tuning import TuningResult


def add_commands(add: AddCommand) -> None:
    """Adds the command to the command line."""
    tune = add(
        "tune",
        _tune,
        "search for better training parameters on your data",
        "Tries parameters on\nrolling windows before the cut of `evaluate` and writes a recipe file for"
        " `build --recipe` and `evaluate --recipe`.\nA search that was interrupted (Ctrl-C) is resumed by running the"
        " command again. Parameters that are set as\nINDEXER_ variables are not searched.",
    )
    add_data_arguments(tune)
    add_protocol_arguments(tune)
    tune.add_argument(
        "--minutes", type=positive, default=30, metavar="N", help="duration of the search (default: 30)"
    )
    tune.add_argument(
        "--output",
        type=Path,
        default=Path("recipe.json"),
        metavar="FILE",
        help="path of the recipe file (default: ./recipe.json)",
    )
    tune.add_argument(
        "--study",
        type=Path,
        metavar="FILE",
        help="file that keeps the trials (default: the output with the suffix .study)",
    )


def _tune(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> None:
    # Imported here because Optuna takes half a second to import.
    from indexer.tuning import Budget, Parameters, tune

    study = options.study or options.output.with_suffix(".study")
    if study == options.output:
        raise WrongInput(f"the recipe and the study cannot be the same file, {study}: pass another --study")
    base = _base(options, settings)
    # Created first, so that an unwritable folder fails before the search.
    for path in (options.output, study):
        path.parent.mkdir(parents=True, exist_ok=True)
    config = evaluation_config(settings, options)
    config = replace(config, kind=None if options.split == "auto" else options.split)
    fixed = frozenset(settings.model_fields_set) & Parameters.__dataclass_fields__.keys()
    data = evaluation_data(settings, options, telemetry.tracer)
    tuned = tune(data, config, Budget(options.minutes * 60), study, frozenset(fixed))
    log = structlog.get_logger("indexer")
    if tuned.parameters is None:
        log.info("no better parameters found", trials=tuned.trials)
    write_recipe_file(options.output, recipe_of(tuned, base, config.recipe.minimum_buyers, fixed))
    log.info("recipe written", recipe=str(options.output), study=str(study), gain=round(tuned.gain, 4))
    if tuned.interrupted:
        raise KeyboardInterrupt


def _base(options: argparse.Namespace, settings: IndexerSettings) -> RecipeFile:
    """The recipe file that the search starts from, empty if there is none."""
    path = options.recipe or settings.recipe_file
    return read_recipe_file(path) if path else RecipeFile()


def recipe_of(
    tuned: "TuningResult", base: RecipeFile, minimum_buyers: int, fixed: frozenset[str] = frozenset()
) -> RecipeFile:
    """Converts the result of a search to a recipe file.

    Values have four significant digits.

    Args:
        tuned: result of the search.
        base: recipe that the search started from; unchanged if nothing better was found.
        minimum_buyers: recorded in the file as information.
        fixed: parameters that were not searched and are left out.
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
