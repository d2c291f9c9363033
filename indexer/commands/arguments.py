"""What the commands' arguments share."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol


class AddCommand(Protocol):
    """Adds a command to the command line; returns its parser, to add arguments to."""

    def __call__(
        self, name: str, command: Callable[..., None], summary: str, details: str
    ) -> argparse.ArgumentParser:
        """`summary` is what the list of commands says, `details` what its own help adds."""
        ...


def positive(text: str) -> int:
    """A whole number from 1; raises argparse.ArgumentTypeError."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return number


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """Where an evaluation's data come from."""
    data = parser.add_argument_group("data (without files: the catalog at INDEXER_CATALOG_URL)")
    data.add_argument("--purchases", type=Path, metavar="FILE", help="Parquet file or folder of purchases")
    data.add_argument("--products", type=Path, metavar="FILE", help="Parquet file or folder of products")
    data.add_argument(
        "--browsing",
        type=Path,
        metavar="FILE",
        help="Parquet file or folder of views and carts (default: the event store, if one is set)",
    )
    data.add_argument("--name", help="of the data, for titles (default: the file's or the catalog's)")


def add_protocol_arguments(parser: argparse.ArgumentParser) -> None:
    """How an evaluation learns and asks."""
    how: Any = parser.add_argument_group("protocol")
    how.add_argument(
        "--min-buyers",
        type=positive,
        metavar="N",
        help="buyers before the cut that a product needs, for all recommenders alike (default:"
        " INDEXER_MINIMUM_BUYERS, 2); products with fewer are the cold ones",
    )
    how.add_argument(
        "--split",
        choices=("auto", "time", "order"),
        default="auto",
        help="time: the last fifth of all purchases is asked about; order: the last fifth of each shopper's"
        " products; auto: by time, unless times are bare dates or counts",
    )
    how.add_argument("--recipe", type=Path, metavar="FILE", help="recipe that `tune` wrote")
