"""Tasks of orders with one of their products hidden."""

import numpy as np

from indexer.factorization import Purchases
from indexer.protocol.list_tasks import Case, drawn, list_task
from indexer.protocol.tasks import Task
from indexer.statistics.bought_together import baskets_of


def order_tasks(purchases: Purchases, products: int, max_cases: int, seed: int) -> tuple[Task, Task]:
    """Orders with one of their products hidden.

    Orders are those of `baskets_of` with at least two products, drawn at random.

    Returns:
        Two tasks with the hidden products as truth: from one other product of each order, and from all others.
    """
    baskets = baskets_of(purchases, products)
    generator = np.random.default_rng(seed)
    orders = drawn(np.flatnonzero(np.diff(baskets.by_basket.indptr) > 1), max_cases, generator)
    pairs: list[Case] = []
    rests: list[Case] = []
    for order in orders.tolist():
        start, end = baskets.by_basket.indptr[order : order + 2]
        hidden, *rest = generator.permutation(baskets.by_basket.indices[start:end]).astype(np.int32)
        shopper, truth = int(baskets.shoppers[order]), np.array([hidden])
        pairs.append((shopper, np.array(rest[:1]), truth))
        rests.append((shopper, np.array(rest), truth))
    return list_task(pairs, products), list_task(rests, products)
