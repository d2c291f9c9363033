"""Finds products bought together, within an order or within a shopper's day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer import progress
from indexer.factorization import Purchases
from recommender.entities import SECONDS_PER_DAY
from recommender.snapshot.tables import Complements

MAX_COMPLEMENTS = 50
"""Maximum number of complements per product."""

MIN_BASKETS = 3
MIN_BUYERS = 3
LIFT_DEVIATIONS = 1.64
"""Standard errors of log lift that are subtracted, as in the lower bound of a one-sided 95 % interval."""
LIFT_EXPONENT = 1.0
"""Default exponent of the bounded lift. Rolling windows may choose a smaller one, which ranks best sellers higher."""

FIRST_BY_LIFT = 7
"""Complements before those with the most joint baskets, where a product has as many."""

BASKET_LIMIT = 100
"""Maximum number of products of a basket that count, evenly sampled. The number of pairs grows with the square of a
basket's size, and a wholesale order says little about complements."""

PAIRS_AT_ONCE = 1 << 22
"""Pairs per block of products, about 150 MB. A single product may exceed it."""


ComplementOrder = tuple[float, int]
"""Exponent of the lift, and number of places that pairs with the most joint baskets get."""


@dataclass(frozen=True, slots=True)
class Baskets:
    """Baskets as a sparse matrix. Baskets of one shopper are adjacent.

    Attributes:
        by_basket: 1 where a basket contains a product, shape (baskets, products).
        by_product: its transpose.
        shoppers: shopper of each basket, shape (baskets,).
    """

    by_basket: csr_array
    by_product: csr_array
    shoppers: NDArray[np.int32]


def bought_together(
    purchases: Purchases,
    product_count: int,
    *,
    order: ComplementOrder = (LIFT_EXPONENT, 0),
    max_complements: int = MAX_COMPLEMENTS,
    pairs_at_once: int = PAIRS_AT_ONCE,
) -> Complements:
    """Complements of each product by confidence, weighted by bounded log lift.

    s_ij = (n_ij / n_i) max(0, ln(n_ij N / (n_i n_j)) − 1.64 / √n_ij)^e

    n_ij is the number of baskets with both, n_i of those with i, N of all. A pair needs three joint baskets of three
    shoppers and a score above 0. Confidence alone would put the best sellers into every list, and lift alone pairs of
    rare products, which few baskets contain (Brin, Motwani, Ullman, Tsur, "Dynamic itemset counting and implication
    rules for market basket data", SIGMOD 1997). The bound treats n_ij as a Poisson count, whose logarithm has a
    standard error of 1 / √n_ij.

    The best sellers are in many baskets with a product and still have no lift. After seven complements, some places may
    go to the pairs with the largest n_ij, so that a list holds what is rarer without it and what is likely with it.

    Processes baskets in blocks of products. Memory grows with purchases and kept pairs, not with products squared.

    Args:
        purchases: all purchases.
        product_count: number of product rows.
        order: e, and the number of places of the pairs with the most joint baskets.
        max_complements: maximum number of complements per product.
        pairs_at_once: number of pairs per block.
    """
    baskets = baskets_of(purchases, product_count)
    counts = np.diff(baskets.by_product.indptr)
    parts = [_nothing()]
    with progress.stage("Finding complements", product_count, "products") as advance:
        for start, end in _blocks(baskets, pairs_at_once):
            pairs = _joint(baskets, start, end)
            scored = _scored(pairs, counts, len(baskets.shoppers), order[0])
            parts.append(_best(scored, order[1], max_complements))
            advance(end - start)
    owners, others, scores, buyers = (np.concatenate(column) for column in zip(*parts, strict=True))
    lengths = np.bincount(owners, minlength=product_count)
    indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    return Complements(indptr, others.astype(np.int32), scores.astype(np.float32), buyers.astype(np.int32))


def complements_of(
    baskets: Baskets, product: int, orders: Sequence[ComplementOrder], length: int
) -> list[NDArray[np.int64]]:
    """The first `length` complements of one product in each of `orders`, best first."""
    counts = np.diff(baskets.by_product.indptr)
    pairs = _joint(baskets, product, product + 1)
    return [
        _best(_scored(pairs, counts, len(baskets.shoppers), exponent), joint_places, length)[1]
        for exponent, joint_places in orders
    ]


_Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]
_JointPairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Products, the other products, joint baskets, joint buyers."""
_ScoredPairs = tuple[
    NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]
]


def _nothing() -> _Pairs:
    empty = np.empty(0, np.int64)
    return empty, empty, np.empty(0, np.float64), empty


def baskets_of(purchases: Purchases, product_count: int) -> Baskets:
    """Baskets by order, or by shopper and day for purchases without order.

    Large baskets are sampled.
    """
    orders = purchases.orders if purchases.orders is not None else np.zeros(len(purchases), np.int64)
    ordered = orders != 0
    number = np.where(ordered, orders, purchases.times // int(SECONDS_PER_DAY))
    order = np.lexsort((purchases.products, number, ordered, purchases.shoppers))
    columns = [column[order] for column in (purchases.shoppers, ordered, number)]
    opens = np.ones(len(order), dtype=np.bool_)
    opens[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    products = purchases.products[order]
    distinct = opens.copy()
    distinct[1:] |= products[1:] != products[:-1]
    basket = (np.cumsum(opens) - 1)[distinct]
    kept = sample_large_baskets(basket, BASKET_LIMIT)
    shape = (int(opens.sum()), product_count)
    ones = np.ones(len(kept), dtype=np.int8)
    by_basket = csr_array((ones, (basket[kept], products[distinct][kept])), shape=shape)
    by_product = csr_array(by_basket.T)
    by_product.sort_indices()
    return Baskets(by_basket, by_product, columns[0][opens])


def sample_large_baskets(basket: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    """Positions of at most `limit` lines of each basket, evenly spaced. `basket` is ascending."""
    sizes = np.bincount(basket)
    position = np.arange(len(basket)) - (np.cumsum(sizes) - sizes)[basket]
    size = np.maximum(sizes[basket], limit)
    return np.flatnonzero(position * limit // size != (position - 1) * limit // size)


def _blocks(baskets: Baskets, pairs_at_once: int) -> Iterator[tuple[int, int]]:
    """Start and end of blocks of products with about `pairs_at_once` pairs each."""
    sizes = np.diff(baskets.by_basket.indptr)
    work = np.cumsum(baskets.by_product @ sizes.astype(np.int64))
    start = 0
    while start < len(work):
        done = int(work[start - 1]) if start else 0
        end = max(int(np.searchsorted(work, done + pairs_at_once, side="right")), start + 1)
        yield start, end
        start = end


def _joint(baskets: Baskets, start: int, end: int) -> _JointPairs:
    """Pairs in a common basket, sorted by both products."""
    by_product, by_basket = baskets.by_product, baskets.by_basket
    lines = slice(int(by_product.indptr[start]), int(by_product.indptr[end]))
    basket = by_product.indices[lines]
    owner = np.repeat(np.arange(start, end), np.diff(by_product.indptr[start : end + 1]))
    lengths = np.diff(by_basket.indptr)[basket].astype(np.int64)
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    places = np.arange(total) + np.repeat(by_basket.indptr[basket] - (ends - lengths), lengths)
    key = np.repeat(owner * by_basket.shape[1], lengths) + by_basket.indices[places]
    # Stable: within a pair, baskets stay sorted by shopper, so each change of shopper is another buyer.
    order = np.argsort(key, kind="stable")
    key = key[order]
    shopper = np.repeat(baskets.shoppers[basket], lengths)[order]
    opens = np.ones(total, dtype=np.bool_)
    opens[1:] = key[1:] != key[:-1]
    another = opens.copy()
    another[1:] |= shopper[1:] != shopper[:-1]
    starts = np.flatnonzero(opens)
    joint = np.diff(np.append(starts, total))
    buyers = np.add.reduceat(another.astype(np.int64), starts) if total else joint
    first, second = np.divmod(key[starts], max(by_basket.shape[1], 1))
    return first, second, joint, buyers


def _scored(
    pairs: _JointPairs, counts: NDArray[np.int64], basket_count: int, lift_exponent: float
) -> _ScoredPairs:
    """Pairs with enough support, their score, buyers and joint baskets.

    `counts` are baskets.
    """
    first, second, joint, buyers = pairs
    enough = (first != second) & (joint >= MIN_BASKETS) & (buyers >= MIN_BUYERS)
    first, second, joint, buyers = (column[enough] for column in (first, second, joint, buyers))
    own = counts[first].astype(np.float64)
    lifts = np.log(joint * basket_count / (own * counts[second])) - LIFT_DEVIATIONS / np.sqrt(joint)
    return first, second, joint / own * np.maximum(lifts, 0) ** lift_exponent, buyers, joint


def _best(pairs: _ScoredPairs, joint_places: int, max_complements: int) -> _Pairs:
    """The best pairs of each product, best first.

    Those of `joint_places` get the score of the complement before them.
    """
    first, second, scores, buyers, joint = pairs
    by_lift = _places(first, second, -joint, -scores)
    is_first = (by_lift < FIRST_BY_LIFT) & (scores > 0)
    last = np.zeros(int(first[-1]) + 1 if len(first) else 0)
    is_last = is_first & (by_lift == FIRST_BY_LIFT - 1)
    last[first[is_last]] = scores[is_last]
    is_joint = (_places(first, second, -joint, is_first) < joint_places) & ~is_first & (last[first] > 0)
    scores = np.where(is_joint, last[first], scores)
    place = _places(first, second, -joint, -scores, ~is_joint, ~is_first)
    kept = (place < max_complements) & (scores > 0)
    order = np.flatnonzero(kept)[np.lexsort((place[kept], first[kept]))]
    return first[order], second[order], scores[order], buyers[order]


def _places(owners: NDArray[np.int64], *keys: NDArray[Any]) -> NDArray[np.int64]:
    """Place of each pair among those of its owner.

    By `keys`, of which the last one counts most. `owners` are ascending.
    """
    order = np.lexsort((*keys, owners))
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order)) - np.searchsorted(owners, owners)
    return places
