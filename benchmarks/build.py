"""Measures a build without embedding: `python -m benchmarks.build [--against COMMIT]`.

With another commit, builds of both trees run in turns, each in a process of its own. The exit code is 1 when the build
takes more than 0.6 of the other's CPU time or chooses other parameters.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from adapters.catalog import Product
from adapters.snapshots import SigningKey
from adapters.snapshots.manifest import EmbeddingModel
from adapters.telemetry import SilentStages
from benchmarks.synthetic import DIMS, Shop, content_of, purchase_log
from command_line.messages import ArgumentParser
from indexer import progress
from indexer.build.holdout import HoldoutInputs, measure_holdout
from indexer.factorization import Recipe
from indexer.snapshots.assembly import Assembler, SnapshotInputs
from indexer.sources import ProductRows
from indexer.training.train import TrainingConfig, train
from recommender.snapshot import ServingParameters

MAX_RATIO = 0.6
"""Maximum CPU time relative to the other commit."""
_ROUNDS = 3
_MIN_SHOPPERS = 100
_START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Run:
    """One build.

    Attributes:
        seconds: CPU seconds of all threads, by stage of `indexer.progress`. "other" is the time between them.
        choices: parameters chosen on windows.
        metrics: metrics of the manifest.
    """

    seconds: dict[str, float]
    choices: dict[str, float | None]
    metrics: dict[str, float]

    @property
    def total(self) -> float:
        """CPU seconds of the build."""
        return sum(self.seconds.values())


def build(shop: Shop) -> Run:
    """Builds a snapshot of `shop`, with the holdout, from embedded texts."""
    with progress.stage("Making the shop", shop.products, "products") as advance:
        purchases, content, products = purchase_log(shop, advance), content_of(shop, advance), _products(shop)
    model, config = EmbeddingModel("synthetic", "1", DIMS), TrainingConfig(Recipe())
    assembler = Assembler(
        SigningKey(b"a key of 32 bytes for benchmarks"), ServingParameters(), SilentStages(), lambda: _START
    )
    with cpu_of_stages() as seconds:
        data = HoldoutInputs(products, purchases, content, model, None)
        holdout = measure_holdout(data, config, assembler, _MIN_SHOPPERS, lambda: _START)
        trained = train(purchases, content, config)
        with tempfile.TemporaryDirectory() as folder:
            metrics = holdout.metrics() if holdout else {}
            inputs = SnapshotInputs(products, purchases, trained, model, _START, metrics)
            manifest = assembler.write(Path(folder), inputs)
    names = ("text_weight", "ridge", "trend_exponent", "half_life_days")
    return Run(seconds, {name: getattr(trained.choices, name) for name in names}, dict(manifest.metrics))


@contextmanager
def cpu_of_stages() -> Iterator[dict[str, float]]:
    """Sums the CPU time of every stage, and of the time between them.

    A stage within another one counts alone. `Stopwatch` is not used, because it would be that of the measured tree, and
    trees must be measured alike.
    """
    seconds: dict[str, float] = {}
    show, started, nested = progress.stage, time.process_time(), [0.0]

    @contextmanager
    def measured(
        name: str, total: int | None, unit: str, clock: Callable[[], float] = time.monotonic
    ) -> Iterator[progress.Advance]:
        begun = time.process_time()
        nested.append(0.0)
        with show(name, total, unit, clock) as advance:
            yield advance
        spent = time.process_time() - begun
        seconds[name] = seconds.get(name, 0.0) + spent - nested.pop()
        nested[-1] += spent

    progress.stage = measured
    try:
        yield seconds
    finally:
        progress.stage = show
    seconds["other"] = time.process_time() - started - sum(seconds.values())


def _products(shop: Shop) -> ProductRows:
    products = ProductRows()
    for row in range(shop.products):
        text = row * shop.texts // shop.products
        products.add(Product(id=f"p{row}", title=f"text {text}", updated_at=_START))
    return products


def _measure(tree: Path, shop: Shop) -> Run:
    """One build with the code in `tree`, in a process of its own."""
    found = subprocess.run(
        [sys.executable, "-P", Path(__file__).resolve(), "--once", json.dumps(asdict(shop))],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return Run(**json.loads(found.stdout.splitlines()[-1]))


@contextmanager
def _worktree(commit: str) -> Iterator[Path]:
    """A temporary worktree of `commit`."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", tree, commit], check=True)
        try:
            yield tree
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", tree], check=True)


def table(runs: dict[str, list[Run]]) -> str:
    """A line per stage, with the median CPU seconds of each tree."""
    stages = list(dict.fromkeys(name for found in runs.values() for run in found for name in run.seconds))
    lines = [f"{'CPU seconds':<30}" + "".join(f"{name:>14}" for name in runs)]
    for stage in stages:
        medians = [median(run.seconds.get(stage, 0.0) for run in found) for found in runs.values()]
        lines.append(f"{stage:<30}" + "".join(f"{value:>14.1f}" for value in medians))
    totals = [[run.total for run in found] for found in runs.values()]
    lines.append(f"{'in all':<30}" + "".join(f"{median(values):>14.1f}" for values in totals))
    lines.append(f"{'lowest–highest':<30}" + "".join(f"{min(v):>7.1f}–{max(v):<6.1f}" for v in totals))
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark and returns the exit code."""
    parser = ArgumentParser(prog="python -m benchmarks.build", description=__doc__)
    parser.add_argument("--against", metavar="COMMIT", help="measure this commit too, in turns")
    parser.add_argument("--products", type=int, default=5_000)
    parser.add_argument("--purchases", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--once", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.once:
        print(json.dumps(asdict(build(Shop(**json.loads(chosen.once)))), default=float))
        return 0
    shop = Shop(
        chosen.products,
        chosen.purchases,
        shoppers=max(chosen.purchases // 50, 1),
        texts=chosen.products,
        tastes=max(chosen.products // 200, 1),
    )
    here = Path(__file__).resolve().parents[1]
    if not chosen.against:
        print(table({"here": [_measure(here, shop) for _ in range(chosen.rounds)]}))
        return 0
    runs: dict[str, list[Run]] = {"other": [], "here": []}
    with _worktree(chosen.against) as other:
        for _ in range(chosen.rounds):
            runs["other"].append(_measure(other, shop))
            runs["here"].append(_measure(here, shop))
    print(table(runs))
    ratio = median(run.total for run in runs["here"]) / median(run.total for run in runs["other"])
    same = runs["here"][0].choices == runs["other"][0].choices
    for name, found in runs.items():
        print(f"{name}: {found[0].choices} {found[0].metrics}")
    print(f"ratio {ratio:.2f}, allowed {MAX_RATIO}; choices are {'the same' if same else 'DIFFERENT'}")
    return 0 if ratio <= MAX_RATIO and same else 1


if __name__ == "__main__":
    sys.exit(main())
