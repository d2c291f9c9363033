"""The `evaluate` command: measures recommendations on the user's own data."""

import argparse
import sys
from pathlib import Path

import structlog
from rich.console import Console

from adapters.telemetry import Telemetry
from indexer.commands.arguments import (
    AddCommand,
    add_data_arguments,
    add_protocol_arguments,
    positive,
)
from indexer.evaluation.dataset import EvaluationOptions
from indexer.evaluation.report import draw, encode, render
from indexer.settings import IndexerSettings
from indexer.wiring.evaluations import evaluation


def add_commands(add: AddCommand) -> None:
    """Adds the command to the command line."""
    evaluate = add(
        "evaluate",
        _evaluate,
        "measure recommendations on your own data and compare them with baselines",
        "Trains on the purchases\nbefore a cut, requests recommendations as the service serves them and compares them"
        " with the purchases after the cut.\nPublishes nothing.",
    )
    add_data_arguments(evaluate)
    add_protocol_arguments(evaluate)
    evaluate.add_argument(
        "--shoppers",
        type=positive,
        default=5000,
        metavar="N",
        help="maximum number of evaluated shoppers (default: 5000)",
    )
    evaluate.add_argument("--no-baselines", action="store_true", help="leave out the baselines")
    evaluate.add_argument(
        "--output",
        type=Path,
        default=Path("evaluation"),
        metavar="FOLDER",
        help="folder for report.json and report.png (default: ./evaluation)",
    )
    evaluate.add_argument(
        "--export",
        type=Path,
        metavar="FOLDER",
        help="also write the split as Parquet files: warm products, train, test and the truth of discovery and"
        " repurchase. With them, the metrics can be recomputed from the HTTP API's responses",
    )


def _evaluate(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> None:
    kind = None if options.split == "auto" else options.split
    run = evaluation(
        settings,
        telemetry,
        options,
        EvaluationOptions(kind=kind, max_shoppers=options.shoppers, with_baselines=not options.no_baselines),
    )
    # Created first, so that an unwritable folder fails before hours of work.
    options.output.mkdir(parents=True, exist_ok=True)
    report = run.run(options.export)
    (options.output / "report.json").write_bytes(encode(report))
    draw(report, options.output / "report.png")
    render(report, Console(file=sys.stdout))
    structlog.get_logger("indexer").info(
        "evaluation written",
        report=str(options.output / "report.json"),
        picture=str(options.output / "report.png"),
    )
