"""Tasks of lists that answer for a product or a basket.

Their history is that product or basket, and their truth is what should be on the list.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization import Purchases
from indexer.protocol.tasks import Task
from recommender.arrays import Rows
from recommender.entities import SECONDS_PER_DAY

Case = tuple[int, Rows, Rows]
"""A shopper, the history and the truth."""
_TRIES = 20
"""Maximum number of trips that are read per wanted case."""


def next_trip_task(purchases: Purchases, categories: NDArray[np.int32], max_cases: int, seed: int) -> Task:
    """Products that a shopper followed by others of their category.

    Those were bought on the next trip. A trip is a day of a shopper. At most one case comes from each trip.

    Args:
        purchases: purchases of the test.
        categories: code of each product's leaf category, −1 without one, shape (products,).
        max_cases: maximum number of cases.
        seed: seed of the sample.
    """
    generator = np.random.default_rng(seed)
    cases: list[Case] = []
    tries = max_cases * _TRIES if (categories >= 0).any() else 0
    for shopper, before, after in _trips(purchases, tries, generator):
        first = before[np.isin(categories[before], categories[after][categories[after] >= 0])]
        for product in generator.permutation(first)[:1].tolist():
            others = after[(categories[after] == categories[product]) & (after != product)]
            if len(others):
                cases.append((shopper, np.array([product]), others))
        if len(cases) >= max_cases:
            break
    return list_task(cases, len(categories))


def list_task(cases: Sequence[Case], products: int) -> Task:
    """A task with a history and a truth for each case."""
    shoppers = np.array([shopper for shopper, _, _ in cases], dtype=np.int32)
    return Task(
        "list",
        shoppers,
        truth=_matrix([truth for _, _, truth in cases], products),
        history=_matrix([history for _, history, _ in cases], products),
        allowed=np.ones(products, dtype=np.bool_),
        include_purchased=False,
    )


def drawn(places: NDArray[np.integer], count: int, generator: np.random.Generator) -> NDArray[np.integer]:
    """At most `count` of `places`, drawn at random, in their order."""
    if len(places) <= count:
        return places
    return np.sort(generator.choice(places, count, replace=False))


def _trips(
    purchases: Purchases, count: int, generator: np.random.Generator
) -> Iterator[tuple[int, Rows, Rows]]:
    """Pairs of successive trips of one shopper, in random order.

    Yields the shopper, and the products of each trip.
    """
    days = purchases.times // int(SECONDS_PER_DAY)
    order = np.lexsort((purchases.products, days, purchases.shoppers))
    shoppers, products = purchases.shoppers[order], purchases.products[order]
    opens = np.ones(len(order), dtype=np.bool_)
    opens[1:] = (np.diff(shoppers) != 0) | (np.diff(days[order]) != 0)
    bounds = np.append(np.flatnonzero(opens), len(order))
    owners = shoppers[bounds[:-1]]
    successive = np.flatnonzero(np.diff(owners) == 0)
    for trip in generator.permutation(successive)[:count].tolist():
        start, middle, end = bounds[trip : trip + 3]
        yield int(owners[trip]), np.unique(products[start:middle]), np.unique(products[middle:end])


def _matrix(rows: Sequence[Rows], products: int) -> csr_array:
    """1 at each of `rows`, shape (len(rows), products)."""
    indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum([len(row) for row in rows], dtype=np.int64)])
    indices = np.concatenate([np.empty(0, np.int32), *rows]).astype(np.int32)
    return csr_array((np.ones(len(indices), np.float32), indices, indptr), shape=(len(rows), products))
