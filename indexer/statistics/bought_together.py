"""Finds products bought together, within an order or within a shopper's day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer import progress
from indexer.factorization import Purchases
from recommender.arrays import Doubles
from recommender.entities import SECONDS_PER_DAY
from recommender.snapshot.tables import Complements

MAX_COMPLEMENTS = 50
"""Maximum number of complements per product."""

MIN_BASKETS = 2
MIN_BUYERS = 2
"""Minimum numbers of joint baskets and of their shoppers. A single one is a coincidence, and tells on a shopper."""
MIN_ASSOCIATED = 3
"""The same for a pair that is bought together more often than by chance."""
LENGTH = 10
"""Length of a list. So many best sellers stand for a product without complements."""
LIFT_FIRST = 1.0
"""Exponent of the lift within a list, so that best sellers do not head it."""
LIFT_DEVIATIONS = 1.64
"""Standard errors of log lift that are subtracted, as in the lower bound of a one-sided 95 % interval."""

ComplementOrder = tuple[float, float]
"""Number of baskets that popularity counts as, and exponent of the lift."""
DEFAULT_ORDER: ComplementOrder = (100.0, 0.5)
"""Default order. Rolling windows may choose another one, see `indexer.training.complements`."""

BASKET_LIMIT = 100
"""Maximum number of products of a basket that count, evenly sampled. The number of pairs grows with the square of a
basket's size, and a wholesale order says little about complements."""

PAIRS_AT_ONCE = 1 << 22
"""Pairs per block of products, about 150 MB. A single product may exceed it."""


@dataclass(frozen=True, slots=True)
class Baskets:
    """Baskets as a sparse matrix. Baskets of one shopper are adjacent.

    Attributes:
        by_basket: 1 where a basket contains a product, shape (baskets, products).
        by_product: its transpose.
        shoppers: shopper of each basket, shape (baskets,).
        counts: number of baskets with each product, shape (products,).
        tenth_count: the tenth largest of `counts`, 0 with fewer products.
    """

    by_basket: csr_array
    by_product: csr_array
    shoppers: NDArray[np.int32]
    counts: NDArray[np.int64]
    tenth_count: int


def bought_together(
    purchases: Purchases,
    product_count: int,
    *,
    order: ComplementOrder = DEFAULT_ORDER,
    max_complements: int = MAX_COMPLEMENTS,
    pairs_at_once: int = PAIRS_AT_ONCE,
) -> Complements:
    """Complements of each product by confidence and lift, both shrunk towards popularity.

    c_ij = (n_ij + k p_j) / (n_i + k)        s_ij = c_ij (c_ij / p_j)^e

    n_ij is the number of baskets with both, n_i of those with i, p_j the share of all with j. k says how many baskets
    popularity counts as, so that c is confidence where a product is in many baskets and popularity where it is in few
    (the m-estimate of Cestnik, "Estimating probabilities", ECAI 1990). c / p is the lift. Confidence alone puts the
    best sellers into every list, lift alone pairs of rare products (Brin, Motwani, Ullman, Tsur, "Dynamic itemset
    counting and implication rules for market basket data", SIGMOD 1997). e is between the two. A pair needs two joint
    baskets of two shoppers, and the score that the tenth best seller would have without any: else a popular product
    deserves its place. Of the ten best pairs, and of each ten after them, those with the largest c_ij² / p_j come
    first. That is their score in the table, or the smallest before it, so that scores of a list fall.

    Some lists need to know which pairs are bought together more often than by chance. Those have three joint baskets of
    three shoppers and ln(n_ij N / (n_i n_j)) > 1.64 / √n_ij, the standard error of the logarithm of a Poisson count.

    Processes baskets in blocks of products. Memory grows with purchases and kept pairs, not with products squared.

    Args:
        purchases: all purchases.
        product_count: number of product rows.
        order: k and e.
        max_complements: maximum number of complements per product.
        pairs_at_once: number of pairs per block.
    """
    baskets = baskets_of(purchases, product_count)
    parts = [_nothing()]
    with progress.stage("Finding complements", product_count, "products") as advance:
        for start, end in _blocks(baskets, pairs_at_once):
            pairs = _joint(baskets, start, end)
            parts.append(_best(pairs, baskets, order, max_complements))
            advance(end - start)
    pairs = _Pairs(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    lengths = np.bincount(pairs.first, minlength=product_count)
    return Complements(
        np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]),
        pairs.second.astype(np.int32),
        _falling_scores(pairs, baskets, order).astype(np.float32),
        pairs.buyers.astype(np.int32),
        _are_associated(pairs, baskets),
    )


def complements_of(
    baskets: Baskets, product: int, orders: Sequence[ComplementOrder], length: int
) -> list[NDArray[np.int64]]:
    """The first `length` complements of one product in each of `orders`, best first."""
    pairs = _joint(baskets, product, product + 1)
    return [_best(pairs, baskets, order, length).second for order in orders]


class _Pairs(NamedTuple):
    """Products, other products, joint baskets and their shoppers."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    joint: NDArray[np.int64]
    buyers: NDArray[np.int64]


def _nothing() -> _Pairs:
    return _Pairs(*[np.empty(0, np.int64)] * 4)


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
    counts = np.diff(by_product.indptr).astype(np.int64)
    # Once for all products, because sorting takes longer than the pairs of one.
    tenth_count = int(np.sort(counts)[-LENGTH]) if len(counts) >= LENGTH else 0
    return Baskets(by_basket, by_product, columns[0][opens], counts, tenth_count)


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


def _joint(baskets: Baskets, start: int, end: int) -> _Pairs:
    """Pairs in enough common baskets, sorted by both products."""
    by_product, by_basket = baskets.by_product, baskets.by_basket
    lines = slice(int(by_product.indptr[start]), int(by_product.indptr[end]))
    basket = by_product.indices[lines]
    owner = np.repeat(np.arange(start, end), np.diff(by_product.indptr[start : end + 1]))
    lengths = (by_basket.indptr[basket + 1] - by_basket.indptr[basket]).astype(np.int64)
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
    enough = (first != second) & (joint >= MIN_BASKETS) & (buyers >= MIN_BUYERS)
    return _Pairs(first[enough], second[enough], joint[enough], buyers[enough])


def _scores(pairs: _Pairs, baskets: Baskets, order: ComplementOrder) -> NDArray[np.float64]:
    """s_ij of each pair."""
    shares = baskets.counts[pairs.second] / len(baskets.shoppers)
    return _score(pairs.joint, baskets.counts[pairs.first], shares, order)


def _score(
    joint: NDArray[np.int64], own: NDArray[np.int64], share: Doubles | float, order: ComplementOrder
) -> NDArray[np.float64]:
    prior, exponent = order
    confidence = (joint + prior * share) / (own + prior)
    scores: NDArray[np.float64] = confidence * (confidence / share) ** exponent
    return scores


def _best(pairs: _Pairs, baskets: Baskets, order: ComplementOrder, max_complements: int) -> _Pairs:
    """The best pairs of each product, in tens by lift."""
    scores = _scores(pairs, baskets, order)
    by_score = np.lexsort((pairs.second, -pairs.joint, -scores, pairs.first))
    place = np.arange(len(by_score)) - np.searchsorted(pairs.first, pairs.first)
    is_kept = (place < max_complements) & (scores >= _least(pairs, baskets, order))[by_score]
    kept = by_score[is_kept]
    by_lift = _scores(pairs, baskets, (order[0], LIFT_FIRST))[kept]
    kept = kept[np.lexsort((-by_lift, place[is_kept] // LENGTH, pairs.first[kept]))]
    return _Pairs(*(column[kept] for column in pairs))


def _falling_scores(pairs: _Pairs, baskets: Baskets, order: ComplementOrder) -> NDArray[np.float64]:
    """Scores of each product's list, none above one before it."""
    scores = _scores(pairs, baskets, (order[0], LIFT_FIRST))
    for part in np.split(scores, np.flatnonzero(np.diff(pairs.first)) + 1):
        np.minimum.accumulate(part, out=part)
    return scores


def _least(pairs: _Pairs, baskets: Baskets, order: ComplementOrder) -> NDArray[np.float64]:
    """Smallest score of a complement of each pair's first product.

    It is that of the tenth best seller, as if no basket had both. With fewer products sold it is 0.
    """
    if not baskets.tenth_count:
        return np.zeros(len(pairs.first))
    share = baskets.tenth_count / len(baskets.shoppers)
    return _score(np.zeros_like(pairs.joint), baskets.counts[pairs.first], share, order)


def _are_associated(pairs: _Pairs, baskets: Baskets) -> NDArray[np.bool_]:
    """Marks pairs that are bought together more often than by chance."""
    enough = (pairs.joint >= MIN_ASSOCIATED) & (pairs.buyers >= MIN_ASSOCIATED)
    own = baskets.counts[pairs.first].astype(np.float64)
    lifts = pairs.joint * len(baskets.shoppers) / (own * baskets.counts[pairs.second])
    associated: NDArray[np.bool_] = enough & (np.log(lifts) > LIFT_DEVIATIONS / np.sqrt(pairs.joint))
    return associated
