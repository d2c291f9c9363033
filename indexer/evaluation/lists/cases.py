"""Tasks of lists that answer for a product or a basket.

Their history is that product or basket, and their truth is what should be on the list.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization import Purchases
from indexer.protocol.tasks import Task
from indexer.statistics.bought_together import baskets_of
from recommender.entities import SECONDS_PER_DAY, Rows

ENOUGH_IN_CATEGORY = 8
_TRIES = 20
"""Trips that are read per wanted case."""

_Case = tuple[int, Rows, Rows]
"""A shopper, the history and the truth."""


def order_tasks(purchases: Purchases, products: int, most: int, seed: int) -> tuple[Task, Task]:
    """Orders with one of their products hidden.

    Orders are those of `baskets_of` with at least two products, drawn at random.

    Returns:
        One other product of each order with the hidden one as truth, then all other products with it.
    """
    baskets = baskets_of(purchases, products)
    generator = np.random.default_rng(seed)
    orders = _drawn(np.flatnonzero(np.diff(baskets.by_basket.indptr) > 1), most, generator)
    pairs: list[_Case] = []
    rests: list[_Case] = []
    for order in orders.tolist():
        start, end = baskets.by_basket.indptr[order : order + 2]
        hidden, *rest = generator.permutation(baskets.by_basket.indices[start:end]).astype(np.int32)
        shopper, truth = int(baskets.shoppers[order]), np.array([hidden])
        pairs.append((shopper, np.array(rest[:1]), truth))
        rests.append((shopper, np.array(rest), truth))
    return _task(pairs, products), _task(rests, products)


def next_trip_task(purchases: Purchases, categories: NDArray[np.int32], most: int, seed: int) -> Task:
    """Products that a shopper followed by others of their category.

    Those were bought on the next trip. A trip is a day of a shopper. At most one case comes from each trip.

    Args:
        purchases: purchases of the test.
        categories: code of each product's leaf category, −1 without one, shape (products,).
        most: maximum number of cases.
        seed: seed of the sample.
    """
    generator = np.random.default_rng(seed)
    cases: list[_Case] = []
    tries = most * _TRIES if (categories >= 0).any() else 0
    for shopper, before, after in _trips(purchases, tries, generator):
        first = before[np.isin(categories[before], categories[after][categories[after] >= 0])]
        for product in generator.permutation(first)[:1].tolist():
            others = after[(categories[after] == categories[product]) & (after != product)]
            if len(others):
                cases.append((shopper, np.array([product]), others))
        if len(cases) >= most:
            break
    return _task(cases, len(categories))


def variant_task(titles: Sequence[str], most: int, seed: int) -> Task:
    """Products with others whose titles differ in exactly one word.

    That word is a color or a size, for example.
    """
    groups: dict[tuple[str, ...], list[int]] = {}
    for row, title in enumerate(titles):
        words = tuple(title.lower().split())
        for place in range(len(words) if len(words) > 2 else 0):
            groups.setdefault((*words[:place], "", *words[place + 1 :]), []).append(row)
    variants: dict[int, set[int]] = {}
    for rows in groups.values():
        for row in rows if 1 < len(rows) <= _MAX_VARIANTS else ():
            own = titles[row].lower()
            found = {other for other in rows if titles[other].lower() != own}
            if found:
                variants.setdefault(row, set()).update(found)
    drawn = _drawn(np.array(sorted(variants), dtype=np.int64), most, np.random.default_rng(seed))
    cases = [(0, np.array([row]), np.array(sorted(variants[row]))) for row in drawn.tolist()]
    return _task(cases, len(titles))


_MAX_VARIANTS = 50
"""Largest group of titles that differ in one word. Larger ones are a naming scheme."""


def in_category_task(
    categories: NDArray[np.int32], products: NDArray[np.integer], most: int, seed: int
) -> Task:
    """Those of `products` whose category has at least eight others. Without truth."""
    sizes = np.bincount(categories[categories >= 0], minlength=1)
    own = categories[products]
    enough = products[(own >= 0) & (sizes[own] > ENOUGH_IN_CATEGORY)]
    drawn = _drawn(enough, most, np.random.default_rng(seed))
    nothing = np.empty(0, dtype=np.int32)
    return _task([(0, np.array([row]), nothing) for row in drawn.tolist()], len(categories))


def _drawn(places: NDArray[np.integer], most: int, generator: np.random.Generator) -> NDArray[np.integer]:
    """At most `most` of `places`, in their order."""
    if len(places) <= most:
        return places
    return np.sort(generator.choice(places, most, replace=False))


def _trips(
    purchases: Purchases, most: int, generator: np.random.Generator
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
    for trip in generator.permutation(successive)[:most].tolist():
        start, middle, end = bounds[trip : trip + 3]
        yield int(owners[trip]), np.unique(products[start:middle]), np.unique(products[middle:end])


def _task(cases: Sequence[_Case], products: int) -> Task:
    shoppers = np.array([shopper for shopper, _, _ in cases], dtype=np.int32)
    return Task(
        "list",
        shoppers,
        truth=_matrix([truth for _, _, truth in cases], products),
        history=_matrix([history for _, history, _ in cases], products),
        allowed=np.ones(products, dtype=np.bool_),
        include_purchased=False,
    )


def _matrix(rows: Sequence[Rows], products: int) -> csr_array:
    """1 at each of `rows`, shape (len(rows), products)."""
    indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum([len(row) for row in rows], dtype=np.int64)])
    indices = np.concatenate([np.empty(0, np.int32), *rows]).astype(np.int32)
    return csr_array((np.ones(len(indices), np.float32), indices, indptr), shape=(len(rows), products))
