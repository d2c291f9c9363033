"""Compares reading and checking a file of purchases with its parsing alone.

Both run in processes of their own, in turns. The parsing alone is DuckDB's CSV reader, which writes a table of texts.
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np

from command_line.messages import ArgumentParser
from purchase_files import open_purchases

LEAST_SPEED = 0.5
"""Least speed of reading, relative to parsing alone."""
MOST_MEBIBYTES = 1_500
"""Most memory of reading. DuckDB may use 1 GiB before it writes to temporary files."""

_FIRST = datetime(2010, 1, 1)
_LINES_OF_ORDER, _GUESTS, _RETURNS = 10, 0.2, 0.01

_COLUMNS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)

Measured = tuple[float, int]
"""Seconds of CPU time, and peak memory in MiB."""


@dataclass(frozen=True)
class Form:
    """The form of numbers and times in a file.

    Attributes:
        name: name in the output.
        separator: character between values.
        decimal: character before the decimals of a price.
        time: format of the times.
    """

    name: str
    separator: str
    decimal: str
    time: str


PLAIN = Form("decimal points", ",", ".", "%Y-%m-%d %H:%M")
EUROPEAN = Form("decimal commas, day first", ";", ",", "%d.%m.%Y %H:%M")


def write_purchases(path: Path, lines: int, form: Form = PLAIN) -> None:
    """Writes purchases as a shop exports them.

    Orders have ten lines on average, as baskets of groceries. A fifth of them are of guests. One line in a hundred is a
    return.
    """
    generator = np.random.default_rng(7)
    orders = np.cumsum(generator.random(lines) < 1 / _LINES_OF_ORDER)
    users = (60_000 * generator.random(lines) ** 3).astype(int)[orders] + 10_000
    guests = (generator.random(lines) < _GUESTS)[orders]
    minutes = np.sort(generator.integers(0, 525_600, lines))[orders * _LINES_OF_ORDER % lines]
    products = (20_000 * generator.random(lines) ** 2).astype(int)
    returned = generator.random(lines) < _RETURNS
    with path.open("w") as stream:
        stream.write(form.separator.join(_COLUMNS) + "\n")
        for line in range(lines):
            time = _FIRST + timedelta(minutes=int(minutes[line]))
            values = (
                f"{500_000 + orders[line]}",
                f"{products[line]:05}",
                f"Product number {products[line]} of the shop",
                f"{-1 if returned[line] else 1 + line % 12}",
                f"{time:{form.time}}",
                f"{1 + line % 90}{form.decimal}95",
                "" if guests[line] else f"{users[line]}",
                "United Kingdom",
            )
            stream.write(form.separator.join(values) + "\n")


def parse(path: Path) -> None:
    """Parses the file into a table of texts."""
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("CREATE TABLE texts AS SELECT * FROM read_csv(?, all_varchar = true)", [str(path)])


def read(path: Path) -> None:
    """Recognizes, reads and checks the file."""
    open_purchases([path]).close()


def measured(work: Callable[[Path], None], path: Path) -> Measured:
    """Runs `work` in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, (work, path))


def _measure(work: Callable[[Path], None], path: Path) -> Measured:
    started = time.process_time()
    work(path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return time.process_time() - started, peak >> 10


def main(arguments: list[str]) -> int:
    """Measures. Returns 1 if a limit is missed."""
    parser = ArgumentParser(prog="python -m benchmarks.files", description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        compared = [compare(Path(folder, "purchases.csv"), options, form) for form in (PLAIN, EUROPEAN)]
        return int(not all(compared))


def compare(path: Path, options: argparse.Namespace, form: Form) -> bool:
    """Measures a file of one form. Returns False if a limit is missed."""
    write_purchases(path, options.lines, form)
    rounds = [(measured(parse, path), measured(read, path)) for _ in range(options.rounds)]
    parsing, reading = (min(one[place][0] for one in rounds) for place in (0, 1))
    memory = max(one[1][1] for one in rounds)
    speed = parsing / reading
    print(
        f"{options.lines:,} lines with {form.name}, {path.stat().st_size >> 20} MiB: "
        f"parsing alone {parsing:.2f} s, reading {reading:.2f} s of CPU time"
    )
    print(f"  speed relative to parsing alone: {speed:.2f} (at least {LEAST_SPEED})")
    print(f"  peak memory of reading: {memory:,} MiB (at most {MOST_MEBIBYTES:,})")
    return speed >= LEAST_SPEED and memory <= MOST_MEBIBYTES


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
