"""Times the fit: `python -m benchmarks.fit small|large`; status 1 where it takes longer or more than it may."""

import argparse
import sys
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from benchmarks.stopwatch import Stopwatch, peak_gib
from benchmarks.synthetic import Shop, content_of, purchase_log
from indexer import progress
from indexer.evaluation.baselines import ease
from indexer.factorization import Purchases, Recipe, demand_trend, fit, interaction_matrix
from indexer.factorization.content import Content

SMALL = Shop(15_000, 1_000_000, shoppers=20_000, texts=15_000, tastes=50, certain_buyers=2)
MAX_OF_EASE = 0.5
"""The share of EASE's time that the fit may take."""
FULL_PRODUCTS, FULL_PURCHASES = 1_000_000, 20_000_000
FULL_MINUTES, FULL_GIB = 60.0, 12.0
"""What a fit of the full size may take; a smaller one its share of it, and 1 GiB in any case."""
_MIN_GIB = 1.0
_PURCHASES_PER_SHOPPER, _PRODUCTS_PER_TEXT, _PRODUCTS_PER_TASTE = 10, 5, 300
_EASE_RIDGE = 200.0
_RUNS, _THREADS = 2, 2


def small() -> bool:
    """The fit against dense EASE by turns, both on two threads; whether the fit takes at most half the time."""
    purchases, content = _made(SMALL)
    matrix = interaction_matrix(purchases, SMALL.products, Recipe().history_limit)
    print(f"{matrix.shape[1]:,} products, {matrix.shape[0]:,} shoppers, {matrix.nnz:,} pairs of them")
    ours, bar = [], []
    for _ in range(_RUNS):
        ours.append(_timed_fit(matrix, content))
        bar.append(_timed_ease(matrix))
    ours.sort(key=lambda run: run.seconds)
    print(f"\nthe faster of {_RUNS} fits:\n{ours[0].table()}")
    best = min(run.seconds for run in bar)
    ratio = ours[0].seconds / best
    for name, runs in (("fit", ours), ("EASE", bar)):
        print(f"{name:<5}" + ", ".join(f"{run.seconds:.1f}" for run in runs) + " s")
    print(f"best of each: {ours[0].seconds:.1f} s / {best:.1f} s = {ratio:.2f}, allowed {MAX_OF_EASE}")
    return ratio <= MAX_OF_EASE


def large(products: int, purchases: int) -> bool:
    """Matrix, trend and fit of a large shop, with the recipe's defaults; whether time and memory suffice."""
    made, content = _made(large_shop(products, purchases))
    recipe, stopwatch = Recipe(), Stopwatch()
    start_gib = peak_gib()
    with stopwatch.measuring("Forming the matrix"):
        matrix = interaction_matrix(made, products, recipe.history_limit)
    with stopwatch.measuring("Reckoning the trend"):
        trend = demand_trend(made, products, recipe.trend_half_life_days)
    with stopwatch.measuring_stages():
        factors = fit(matrix, content, trend, recipe)
    part = max(products / FULL_PRODUCTS, purchases / FULL_PURCHASES)
    minutes, gib = FULL_MINUTES * part, max(FULL_GIB * part, _MIN_GIB)
    print(
        f"\n{products:,} products ({factors.warm:,} warm, {len(factors.item_vectors):,} indexed), "
        f"{matrix.nnz:,} pairs of shopper and product, {factors.weights.nnz:,} weights"
    )
    print(stopwatch.table())
    print(f"{stopwatch.seconds / 60:.1f} minutes, allowed {minutes:.1f}")
    print(f"{peak_gib():.1f} GiB at most ({start_gib:.1f} before the fit), allowed {gib:.1f}")
    return stopwatch.seconds <= 60 * minutes and peak_gib() <= gib


def large_shop(products: int, purchases: int) -> Shop:
    """A shop with 10 purchases per shopper, 5 products per text and 300 per taste; some products have no buyer."""
    return Shop(
        products,
        purchases,
        shoppers=max(purchases // _PURCHASES_PER_SHOPPER, 1),
        texts=max(products // _PRODUCTS_PER_TEXT, 1),
        tastes=max(products // _PRODUCTS_PER_TASTE, 1),
    )


def _made(shop: Shop) -> tuple[Purchases, Content]:
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
    """Runs what the command line asks for and returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fit", description=__doc__)
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
