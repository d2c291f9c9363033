"""Chooses the order of products bought together."""

import numpy as np

from indexer import progress
from indexer.factorization import Purchases
from indexer.protocol.split import are_counters, split_purchases
from indexer.protocol.tasks import Task
from indexer.statistics.bought_together import (
    DEFAULT_ORDER,
    LENGTH,
    ComplementOrder,
    baskets_of,
    complements_of,
)
from indexer.training.order_tasks import order_tasks
from indexer.training.windows import WINDOWS

ORDERS: tuple[ComplementOrder, ...] = (
    DEFAULT_ORDER,
    (20.0, 0.5),
    (20.0, 0.25),
    (100.0, 0.25),
    (1_000.0, 0.5),
    (1_000.0, 0.25),
)
"""Tried orders, the default first. An exponent of 0 is not tried: without lift, all lists begin with the best
sellers."""
MAX_CASES = 2_000
"""Maximum number of cases per window. A list finds a tenth of them."""

Hits = dict[ComplementOrder, float]
"""Share of the cases with a hit, by order."""


def complement_hits(purchases: Purchases, products: int, seed: int, min_cases: int) -> list[Hits]:
    """Hits of each of `ORDERS` in each rolling window by time.

    A case is a product of an order within the window, and a hit if another product of that order, drawn at random, is
    among its ten complements from the purchases before the window. Best sellers fill up short lists. By order, no
    order would be whole.

    Args:
        purchases: training purchases.
        products: number of products.
        seed: seed of the sample.
        min_cases: minimum number of cases.

    Returns:
        One entry per window, or none if a window has too few cases or nothing is found.
    """
    if are_counters(purchases):
        return []
    found = []
    with progress.stage("Validating complements", len(WINDOWS), "windows") as advance:
        for start, end in WINDOWS:
            part = split_purchases(purchases, "time", start, end)
            task, _ = order_tasks(part.test, products, MAX_CASES, seed)
            if len(task) < min_cases:
                return []
            found.append(_hits(task, part.train, products))
            advance(1)
    return found if all(any(window.values()) for window in found) else []


def _hits(task: Task, train: Purchases, products: int) -> Hits:
    baskets = baskets_of(train, products)
    wanted, hidden = task.history.indices, task.truth.indices
    popular = np.argsort(-baskets.counts, kind="stable")[: LENGTH + 1]

    def lists_of(product: int) -> list[list[int]]:
        found = complements_of(baskets, product, ORDERS, LENGTH)
        others = popular[popular != product].tolist()
        return [list(dict.fromkeys([*first.tolist(), *others]))[:LENGTH] for first in found]

    lists = {product: lists_of(product) for product in np.unique(wanted).tolist()}
    cases = list(zip(wanted.tolist(), hidden.tolist(), strict=True))
    return {
        order: float(np.mean([other in lists[product][place] for product, other in cases]))
        for place, order in enumerate(ORDERS)
    }
