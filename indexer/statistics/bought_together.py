"""Which products are bought together: by lift within an order, or within a shopper's day where there are no orders."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer import progress
from indexer.factorization import Purchases
from recommender.entities import SECONDS_PER_DAY

MOST = 50
"""Complements that are kept of each product."""

LEAST_BASKETS = 3
LEAST_BUYERS = 3
SHRINKAGE = 5.0
"""Joint baskets by chance that every pair is assumed to have beside its own."""

BASKET_LIMIT = 100
"""Distinct products of a basket that count, evenly drawn from all: pairs grow with the square of a basket's size, and
a wholesale order says little of what goes with what."""

_BLOCK = 1 << 22
"""Pairs of one block of products: what is held at a time, about 150 MB, unless one product alone has more."""


@dataclass(frozen=True, slots=True)
class Together:
    """The complements of each product, most telling first (compressed sparse rows).

    Attributes:
        indptr: shape (products + 1,).
        products: product rows; shape (pairs,).
        lifts: shrunk lift, above 1; shape (pairs,).
        buyers: distinct shoppers with both in one basket; shape (pairs,).
    """

    indptr: NDArray[np.int64]
    products: NDArray[np.int32]
    lifts: NDArray[np.float32]
    buyers: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class _Baskets:
    """Baskets as a sparse matrix; those of one shopper stand side by side.

    Attributes:
        by_basket: 1 where a basket holds a product; shape (baskets, products).
        by_product: its transpose.
        shoppers: whose basket; shape (baskets,).
    """

    by_basket: csr_array
    by_product: csr_array
    shoppers: NDArray[np.int32]


def bought_together(purchases: Purchases, product_count: int) -> Together:
    """Up to 50 complements of each product, by lift_ij = (n_ij + 5) / (n_i n_j / N + 5), then by n_ij.

    n_ij counts the baskets with both, n_i those with i, N all. A pair needs three joint baskets, of three shoppers, and
    a lift above 1. Lift: Brin, Motwani, Ullman, Tsur, "Dynamic itemset counting and implication rules for market basket
    data" (SIGMOD 1997); shrunk by a gamma prior of mean 1, or pairs of rarities would lead every list: DuMouchel,
    "Bayesian data mining in large frequency tables" (The American Statistician 53, 1999).

    Baskets are read once, in blocks of products; memory grows with purchases and pairs kept, not with products squared.
    """
    baskets = _baskets(purchases, product_count)
    counts = np.diff(baskets.by_product.indptr)
    parts = [_nothing()]
    with progress.stage("Finding what is bought together", product_count, "products") as advance:
        for start, end in _blocks(baskets):
            parts.append(_best(*_joint(baskets, start, end), counts, len(baskets.shoppers)))
            advance(end - start)
    owners, others, lifts, buyers = (np.concatenate(column) for column in zip(*parts, strict=True))
    lengths = np.bincount(owners, minlength=product_count)
    indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    return Together(indptr, others.astype(np.int32), lifts.astype(np.float32), buyers.astype(np.int32))


_Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]


def _nothing() -> _Pairs:
    empty = np.empty(0, np.int64)
    return empty, empty, np.empty(0, np.float64), empty


def _baskets(purchases: Purchases, product_count: int) -> _Baskets:
    """Distinct products by order, and by shopper and day for purchases without one; large baskets thinned out."""
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
    kept = _thinned(basket)
    shape = (int(opens.sum()), product_count)
    ones = np.ones(len(kept), dtype=np.int8)
    by_basket = csr_array((ones, (basket[kept], products[distinct][kept])), shape=shape)
    by_product = csr_array(by_basket.T)
    by_product.sort_indices()
    return _Baskets(by_basket, by_product, columns[0][opens])


def _thinned(basket: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions of the lines that count; `basket` is ascending."""
    sizes = np.bincount(basket)
    position = np.arange(len(basket)) - (np.cumsum(sizes) - sizes)[basket]
    size = np.maximum(sizes[basket], BASKET_LIMIT)
    return np.flatnonzero(position * BASKET_LIMIT // size != (position - 1) * BASKET_LIMIT // size)


def _blocks(baskets: _Baskets) -> Iterator[tuple[int, int]]:
    """First and last product + 1 of blocks that make about the same number of pairs."""
    sizes = np.diff(baskets.by_basket.indptr)
    work = np.cumsum(baskets.by_product @ sizes.astype(np.int64))
    start = 0
    while start < len(work):
        done = int(work[start - 1]) if start else 0
        end = max(int(np.searchsorted(work, done + _BLOCK, side="right")), start + 1)
        yield start, end
        start = end


def _joint(
    baskets: _Baskets, start: int, end: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Pairs that stand in one basket: product, other product, joint baskets, joint buyers; by product, then other."""
    by_product, by_basket = baskets.by_product, baskets.by_basket
    lines = slice(int(by_product.indptr[start]), int(by_product.indptr[end]))
    basket = by_product.indices[lines]
    owner = np.repeat(np.arange(start, end), np.diff(by_product.indptr[start : end + 1]))
    lengths = np.diff(by_basket.indptr)[basket].astype(np.int64)
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    places = np.arange(total) + np.repeat(by_basket.indptr[basket] - (ends - lengths), lengths)
    key = np.repeat(owner * by_basket.shape[1], lengths) + by_basket.indices[places]
    # Stable: within a pair, baskets stay in the order of their shoppers, and a change of shopper is a new buyer.
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


def _best(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    joint: NDArray[np.int64],
    buyers: NDArray[np.int64],
    counts: NDArray[np.int64],
    basket_count: int,
) -> _Pairs:
    """The pairs with enough support, best first within each product, with their lift; `counts` are baskets."""
    expected = counts[first].astype(np.float64) * counts[second] / max(basket_count, 1)
    lifts = (joint + SHRINKAGE) / (expected + SHRINKAGE)
    enough = (first != second) & (joint >= LEAST_BASKETS) & (buyers >= LEAST_BUYERS) & (lifts > 1)
    first, second, joint, buyers, lifts = (column[enough] for column in (first, second, joint, buyers, lifts))
    order = np.lexsort((second, -joint, -lifts, first))
    starts = np.searchsorted(first, first)
    order = order[np.arange(len(order)) - starts < MOST]
    return first[order], second[order], lifts[order], buyers[order]
