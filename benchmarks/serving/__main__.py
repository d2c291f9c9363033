"""Command line: `python -m benchmarks.serving --help`."""

import argparse
import signal
import sys
from itertools import chain
from pathlib import Path

from benchmarks.serving import shop
from benchmarks.serving.programs.catalog import Histories
from benchmarks.serving.report import HEADER, keep, line, missed
from benchmarks.serving.rows import GROUPS, ROWS
from benchmarks.serving.runs import Runs
from benchmarks.serving.stack import running_stack
from command_line.messages import ArgumentParser

_DEFAULT_RESULTS = Path("build/benchmarks")


def main(arguments: list[str] | None = None) -> int:
    """Measures rows and prints them. Returns 1 if one misses its limit."""
    parsed = _parser().parse_args(arguments)
    published = (
        shop.Published(parsed.snapshots, parsed.key) if parsed.snapshots else shop.synthetic(parsed.products)
    )
    histories = Histories.of(published.current)
    catalog = {
        "products": len(histories.ids),
        "snapshot": published.current.name,
        "given": bool(parsed.snapshots),
    }
    print(f"{catalog['products']:,} products, {parsed.rounds} rounds of {parsed.seconds:g} CPU seconds each")
    print(HEADER, flush=True)
    failed = False
    with running_stack(published, parsed.connections) as stack:
        runs = Runs(stack, histories, parsed.rounds, parsed.seconds)
        for name in chain.from_iterable(GROUPS.get(name, [name]) for name in parsed.rows or ROWS):
            row = ROWS[name]
            measured = row.measure(runs)
            print(line(name, row, measured), flush=True)
            file = keep(parsed.results, catalog, {name: (row, measured)})
            failed |= missed(row, measured)
    print(f"kept in {file}")
    return int(failed)


def _parser() -> argparse.ArgumentParser:
    parser = ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    parser.add_argument(
        "rows",
        nargs="*",
        choices=[[], *ROWS, *GROUPS],
        metavar="ROW",
        help=f"default: all of {', '.join(ROWS)}. history: {', '.join(GROUPS['history'])}",
    )
    parser.add_argument(
        "--products", type=int, default=shop.LARGE, help="size of the synthetic shop (%(default)s)"
    )
    parser.add_argument("--snapshots", type=Path, help="published snapshots that replace the synthetic shop")
    parser.add_argument(
        "--key", type=Path, default=Path("snapshot.key"), help="file with the key of --snapshots"
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each (%(default)s)")
    parser.add_argument("--seconds", type=float, default=1.0, help="CPU seconds of a round (%(default)s)")
    parser.add_argument("--connections", type=int, default=16, help="requests at a time (%(default)s)")
    parser.add_argument(
        "--results", type=Path, default=_DEFAULT_RESULTS, help="folder of the kept JSON (%(default)s)"
    )
    return parser


if __name__ == "__main__":
    # Ended like by Ctrl-C, so that no process is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
