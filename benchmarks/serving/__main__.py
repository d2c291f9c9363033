"""Command line: `python -m benchmarks.serving --help`."""

import argparse
import sys
from functools import cache, partial
from pathlib import Path

from benchmarks.serving import shop
from benchmarks.serving.catalog import Histories
from benchmarks.serving.client import get
from benchmarks.serving.measuring import Measured, measure, one_round
from benchmarks.serving.questions import Batches, Caller
from benchmarks.serving.report import HEADER, keep, line, missed
from benchmarks.serving.rows import ROWS, Row
from benchmarks.serving.stack import Stack, running_stack

_DEFAULT_RESULTS = Path("build/benchmarks")


def main(arguments: list[str] | None = None) -> int:
    """Measures rows and prints them. Returns 1 if one misses what it must reach."""
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
        runs = _Runs(stack, histories, parsed.rounds, parsed.seconds)
        for name in parsed.rows or ROWS:
            row = ROWS[name]
            measured = runs.measured(row)
            print(line(name, row, measured), flush=True)
            file = keep(parsed.results, catalog, {name: (row, measured)})
            failed |= missed(row, measured)
    print(f"kept in {file}")
    return int(failed)


class _Runs:
    """Measures rows on one service and one process with ready-made answers."""

    def __init__(self, stack: Stack, histories: Histories, rounds: int, seconds: float) -> None:
        self._stack, self._rounds, self._seconds = stack, rounds, seconds
        self._caller = Caller(stack, stack.service(), histories, cache(stack.service))
        answer = self._caller.service.client.send([self._caller.for_you(self._caller.new_shoppers(1)[0])])[0]
        self._ready_made = stack.ready_made(answer)

    def measured(self, row: Row) -> Measured:
        """Measures one row, after a batch of each that does not count."""
        ready_batches, batches = _ready_made(), row.batches(self._caller)
        self._ready_made.client.send(next(ready_batches))
        self._caller.service.client.send(next(batches))
        return measure(
            partial(one_round, self._ready_made, ready_batches, self._seconds),
            partial(one_round, self._caller.service, batches, self._seconds, self._stack.store_seconds),
            self._rounds,
        )


def _ready_made() -> Batches:
    while True:
        yield [get("/ready-made")] * 1_000


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    parser.add_argument(
        "rows", nargs="*", choices=[[], *ROWS], metavar="ROW", help=f"default: all of {', '.join(ROWS)}"
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
    sys.exit(main())
