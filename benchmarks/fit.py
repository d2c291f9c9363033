"""Measures the fit: `python -m benchmarks.fit small|large`.

The exit code is 1 when a limit of time or memory is exceeded.
"""

import sys
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from benchmarks.harness.stopwatch import Stopwatch, peak_gib
from benchmarks.synthetic import Shop, content_of, purchase_log
from command_line.messages import ArgumentParser
from indexer import progress
from indexer.evaluation.baselines import ease
from indexer.factorization import Purchases, Recipe, demand_trend, fit, interaction_matrix
from indexer.factorization.content import Content

SMALL = Shop(15_000, 1_000_000, shoppers=20_000, texts=15_000, tastes=50, certain_buyers=2)
MAX_EASE_RATIO = 0.5
"""Maximum duration of the fit relative to EASE."""
FULL_PRODUCTS, FULL_PURCHASES = 1_000_000, 20_000_000
FULL_MINUTES, FULL_GIB = 60.0, 12.0
"""Limits of a full-size fit. Smaller fits have proportional limits, but at least 1 GiB."""
_MIN_GIB = 1.0
_PURCHASES_PER_SHOPPER, _PRODUCTS_PER_TEXT, _PRODUCTS_PER_TASTE = 10, 5, 300
_EASE_RIDGE = 200.0
_RUNS, _THREADS = 2, 2


def small() -> bool:
    """Compares the fit with dense EASE, in turns on two threads.

    Returns:
        True when the fit takes at most half the time.
    """
    purchases, content = _synthetic(SMALL)
    matrix = interaction_matrix(purchases, SMALL.products, Recipe().history_limit)
    print(f"{matrix.shape[1]:,} products, {matrix.shape[0]:,} shoppers, {matrix.nnz:,} distinct pairs")
    ours, bar, peaks = [], [], []
    for _ in range(_RUNS):
        ours.append(_timed_fit(matrix, content))
        peaks.append(peak_gib())
        bar.append(_timed_ease(matrix))
    ours.sort(key=lambda run: run.seconds)
    print(f"\nthe faster of {_RUNS} fits:\n{ours[0].table()}")
    best = min(run.seconds for run in bar)
    ratio = ours[0].seconds / best
    for name, runs in (("fit", ours), ("EASE", bar)):
        print(f"{name:<5}" + ", ".join(f"{run.seconds:.1f}" for run in runs) + " s")
    print(f"{peaks[0]:.1f} GiB at the peak of the first fit, before EASE")
    print(f"best of each: {ours[0].seconds:.1f} s / {best:.1f} s = {ratio:.2f}, allowed {MAX_EASE_RATIO}")
    return ratio <= MAX_EASE_RATIO


def large(products: int, purchases: int) -> bool:
    """Measures matrix, trend and fit of a large shop with the default recipe.

    Returns:
        True when time and memory are within the limits.
    """
    log, content = _synthetic(large_shop(products, purchases))
    recipe, stopwatch = Recipe(), Stopwatch()
    start_gib = peak_gib()
    with stopwatch.measuring("Forming the matrix"):
        matrix = interaction_matrix(log, products, recipe.history_limit)
    with stopwatch.measuring("Computing the trend"):
        trend = demand_trend(log, products, recipe.trend_half_life_days)
    with stopwatch.measuring_stages():
        factors = fit(matrix, content, trend, recipe)
    scale = max(products / FULL_PRODUCTS, purchases / FULL_PURCHASES)
    minutes, gib = FULL_MINUTES * scale, max(FULL_GIB * scale, _MIN_GIB)
    print(
        f"\n{products:,} products ({factors.warm:,} warm, {len(factors.item_vectors):,} indexed), "
        f"{matrix.nnz:,} pairs of shopper and product, {factors.weights.nnz:,} weights"
    )
    print(stopwatch.table())
    print(f"{stopwatch.seconds / 60:.1f} minutes, allowed {minutes:.1f}")
    print(f"{peak_gib():.1f} GiB at the peak ({start_gib:.1f} before the fit), allowed {gib:.1f}")
    return stopwatch.seconds <= 60 * minutes and peak_gib() <= gib


def large_shop(products: int, purchases: int) -> Shop:
    """A shop with 10 purchases per shopper and 5 products per text."""
    return Shop(
        products,
        purchases,
        shoppers=max(purchases // _PURCHASES_PER_SHOPPER, 1),
        texts=max(products // _PRODUCTS_PER_TEXT, 1),
        tastes=max(products // _PRODUCTS_PER_TASTE, 1),
    )


def _synthetic(shop: Shop) -> tuple[Purchases, Content]:
    with progress.stage("Making purchases", shop.purchases, "purchases") as advance:
        purchases = purchase_log(shop, advance)
    with progress.stage("Making texts", shop.texts, "texts") as advance:
        return purchases, content_of(shop, advance)


def _timed_fit(matrix: csr_array, content: Content) -> Stopwatch:
    stopwatch = Stopwatch()
    trend = np.ones(matrix.shape[1], dtype=np.float32)
    with threadpool_limits(_THREADS), stopwatch.measuring_stages():
        fit(matrix, content, trend, Recipe())
    return stopwatch


def _timed_ease(matrix: csr_array) -> Stopwatch:
    stopwatch = Stopwatch()
    with threadpool_limits(_THREADS), stopwatch.measuring("EASE"):
        ease(matrix, _EASE_RIDGE)
    return stopwatch


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one benchmark and returns the exit code."""
    parser = ArgumentParser(prog="python -m benchmarks.fit", description=__doc__)
    sizes = parser.add_subparsers(dest="size", required=True)
    sizes.add_parser("small", help="15,000 products, against dense EASE")
    of_large = sizes.add_parser("large", help="a million products, time per stage and memory")
    of_large.add_argument("--products", type=int, default=FULL_PRODUCTS)
    of_large.add_argument("--purchases", type=int, default=FULL_PURCHASES)
    chosen = parser.parse_args(arguments)
    within = small() if chosen.size == "small" else large(chosen.products, chosen.purchases)
    print("within the limits" if within else "OVER THE LIMITS")
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
