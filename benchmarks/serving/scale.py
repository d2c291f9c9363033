"""Compares a large snapshot with a smaller one: `python -m benchmarks.serving.scale --help`.

Each is opened in a process of its own. The exit code is 1 when the large one exceeds a limit.
"""

import argparse
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from adapters.snapshots import SigningKey, open_snapshot, verify_snapshot
from adapters.telemetry import SilentStages
from benchmarks.serving.programs.catalog import Histories, shopper_id
from benchmarks.serving.shop import Published, synthetic
from command_line.messages import ArgumentParser, print_errors
from recommender.entities import Filters, Interaction, Profile, Query
from recommender.scenarios.for_you import for_you
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.overlay import Overlay

MAX_OPENING_SECONDS, MAX_PRIVATE_MB, MAX_GROWTH = 1.0, 150.0, 2.0
_WARMING_SHOPPERS, _SHOPPERS, _PURCHASES = 1_000, 200, 50


@dataclass(frozen=True, slots=True)
class Opened:
    """Costs of one snapshot in one process.

    Attributes:
        checksum_seconds: CPU time of comparing all files with the manifest, which happens once per pod.
        opening_seconds: CPU time from there to the first answer.
        private_mb: memory that the process does not share, after all requests, beyond what it had before.
        request_microseconds: median CPU time of a page of 20 for 50 purchases, in the core alone. Pages of 1,000 other
            shoppers come first, because a process maps each part of a file once.
    """

    checksum_seconds: float
    opening_seconds: float
    private_mb: float
    request_microseconds: float


def main() -> int:
    """Measures both sizes and prints them."""
    parser = ArgumentParser(prog="python -m benchmarks.serving.scale", description=__doc__)
    parser.add_argument("--products", type=int, default=2_000_000, help="of the large snapshot (%(default)s)")
    parser.add_argument("--against", type=int, default=100_000, help="of the smaller one (%(default)s)")
    parser.add_argument("--dims", type=int, default=128, help="of the vectors (%(default)s)")
    parser.add_argument("--open", type=Path, nargs=2, metavar=("ROOT", "KEY"), help=argparse.SUPPRESS)
    parsed = parser.parse_args()
    if parsed.open:
        sys.stdout.buffer.write(msgspec.json.encode(_open(Published(*parsed.open))))
        return 0
    sizes = (parsed.against, parsed.products)
    small, large = (_opened_elsewhere(synthetic(size, parsed.dims)) for size in sizes)
    print(f"{'products':>12}{'checksums, s':>14}{'opening, s':>12}{'private, MB':>13}{'request, µs':>13}")
    for size, opened in zip(sizes, (small, large), strict=True):
        print(
            f"{size:>12,}{opened.checksum_seconds:>14.2f}{opened.opening_seconds:>12.2f}"
            f"{opened.private_mb:>13.0f}{opened.request_microseconds:>13,.0f}"
        )
    growth = large.request_microseconds / small.request_microseconds
    failures = {
        f"opening takes more than {MAX_OPENING_SECONDS:g} s": large.opening_seconds > MAX_OPENING_SECONDS,
        f"more than {MAX_PRIVATE_MB:g} MB are private": large.private_mb > MAX_PRIVATE_MB,
        f"a request costs {growth:.2f} times as much, at most {MAX_GROWTH:g} allowed": growth > MAX_GROWTH,
    }
    found = [failure for failure, present in failures.items() if present]
    print_errors(*found)
    return int(bool(found))


def _opened_elsewhere(published: Published) -> Opened:
    """Measures in a new process."""
    arguments = ["--open", str(published.root), str(published.key_file)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.serving.scale", *arguments], stdout=subprocess.PIPE, check=True
    )
    return msgspec.json.decode(done.stdout, type=Opened)


def _open(published: Published) -> Opened:
    keys = [SigningKey(published.key_file.read_bytes().strip())]
    profiles = _profiles(Histories.of(published.current))
    private = _private_mb()
    began = time.process_time()
    verify_snapshot(published.current, keys)
    checksum_seconds = time.process_time() - began
    began = time.process_time()
    _, snapshot = open_snapshot(published.current, keys)
    corrections, stages = Corrections.of(Overlay(), snapshot), SilentStages()
    query = Query(20, Filters(in_stock=True))
    for_you(snapshot, corrections, profiles[0], query, stages)
    opening_seconds = time.process_time() - began - checksum_seconds  # which `open_snapshot` repeats
    for profile in profiles[:_WARMING_SHOPPERS]:
        for_you(snapshot, corrections, profile, query, stages)
    spent = []
    for profile in profiles[_WARMING_SHOPPERS:]:
        began = time.process_time()
        for_you(snapshot, corrections, profile, query, stages)
        spent.append(time.process_time() - began)
    return Opened(
        checksum_seconds,
        max(opening_seconds, 0.0),
        _private_mb() - private,
        statistics.median(spent) * 1e6,
    )


def _profiles(histories: Histories) -> list[Profile]:
    found = []
    for number in range(_WARMING_SHOPPERS + _SHOPPERS):
        user_id = shopper_id(_PURCHASES, number)
        bought = histories.purchases(user_id)
        interactions = (Interaction(each.product_id, each.purchased_at.timestamp()) for each in bought)
        found.append(Profile(user_id, tuple(interactions)))
    return found


def _private_mb() -> float:
    """Memory of this process that is mapped from no file."""
    lines = Path("/proc/self/status").read_text().splitlines()
    kilobytes = next(line for line in lines if line.startswith("RssAnon:")).split()[1]
    return int(kilobytes) / 1024


if __name__ == "__main__":
    sys.exit(main())
