"""Arguments that several commands share."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from adapters.snapshots import is_version
from purchase_files.arguments import add_reading_arguments, source


class AddCommand(Protocol):
    """Adds a command to the command line and returns its parser."""

    def __call__(
        self, name: str, command: Callable[..., None], summary: str, details: str
    ) -> argparse.ArgumentParser:
        """Registers the command.

        `summary` is its line in the list, `details` extends its own help.
        """
        ...


def positive(text: str) -> int:
    """Parses a positive integer.

    Raises:
        argparse.ArgumentTypeError: `text` is not an integer of at least 1.
    """
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive integer")
    return number


def snapshot_version(text: str) -> str:
    """Parses the name of a snapshot version.

    Raises:
        argparse.ArgumentTypeError: `text` has another form.
    """
    if not is_version(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a snapshot version, such as 20260131T093000000Z-0f1e2d3c"
        )
    return text


def moment(text: str) -> datetime:
    """Parses a date or time in ISO 8601, in UTC by default.

    Raises:
        argparse.ArgumentTypeError: `text` is neither.
    """
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no date such as 2026-11-22, and no time such as 2026-11-22T04:00Z"
        ) from None


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments that select the evaluated data."""
    data = parser.add_argument_group("data (default: the catalog at INDEXER_CATALOG_URL)")
    data.add_argument(
        "--purchases",
        type=source,
        nargs="+",
        metavar="FILE",
        help="files of purchases, as `python -m catalog load` reads them",
    )
    data.add_argument("--products", type=source, metavar="FILE", help="file of products")
    data.add_argument(
        "--browsing",
        type=Path,
        metavar="FILE",
        help="Parquet file or folder of views and carts (default: the event store, if it is configured)",
    )
    data.add_argument(
        "--name", help="name of the data in titles (default: name of the file or URL of the catalog)"
    )
    add_reading_arguments(parser)


def add_protocol_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the evaluation protocol."""
    protocol: Any = parser.add_argument_group("protocol")
    protocol.add_argument(
        "--min-buyers",
        type=positive,
        metavar="N",
        help="minimum number of buyers before the cut, for all recommenders alike (default:"
        " INDEXER_MINIMUM_BUYERS, 2). Products with fewer buyers count as cold",
    )
    protocol.add_argument(
        "--split",
        choices=("auto", "time", "order"),
        default="auto",
        help="time: test on the latest fifth of all purchases. order: test on the latest fifth of each shopper's"
        " products. auto: time, unless the times are dates or counters without a time of day",
    )
    protocol.add_argument("--recipe", type=Path, metavar="FILE", help="recipe file written by `tune`")
