"""The command that measures recommendations on the user's own data."""

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
from indexer.evaluation.dataset import Options
from indexer.evaluation.report import draw, encode, render
from indexer.settings import IndexerSettings
from indexer.wiring import evaluation


def add_commands(add: AddCommand) -> None:
    """Adds it to the command line."""
    evaluate = add(
        "evaluate",
        _evaluate,
        "measure the recommendations on your own data, beside other methods",
        "Learns from what was bought before\na cut, asks for recommendations as the service answers them, and compares"
        " them with what was bought after it.\nPublishes nothing.",
    )
    add_data_arguments(evaluate)
    add_protocol_arguments(evaluate)
    evaluate.add_argument(
        "--shoppers",
        type=positive,
        default=5000,
        metavar="N",
        help="ask about so many at most (default: 5000)",
    )
    evaluate.add_argument("--no-baselines", action="store_true", help="measure ours alone")
    evaluate.add_argument(
        "--output",
        type=Path,
        default=Path("evaluation"),
        metavar="FOLDER",
        help="where report.json and report.png go (default: ./evaluation)",
    )
    evaluate.add_argument(
        "--export",
        type=Path,
        metavar="FOLDER",
        help="write the split too: products, train, test and the truth of each task as Parquet, to recompute the"
        " numbers from the HTTP API's answers",
    )


def _evaluate(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> None:
    kind = None if options.split == "auto" else options.split
    run = evaluation(
        settings,
        telemetry.stages,
        options,
        Options(kind=kind, most_shoppers=options.shoppers, with_baselines=not options.no_baselines),
    )
    # Before hours of work: a folder that cannot be written should be known.
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
