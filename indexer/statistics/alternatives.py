"""Finds products that a shopper would take instead of each product."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from indexer import progress
from indexer.factorization.content import Content
from indexer.statistics.closest import Closest, ClosestProducts, price_ratios
from recommender.snapshot.alternatives import Alternatives, Likeness
from recommender.snapshot.categories import distinguishing_categories

MAX_ALTERNATIVES = 50
"""Maximum number of alternatives per product."""

ENOUGH = 20
"""With this many alternatives in its own category, a product gets none of other categories."""

TEXT_WEIGHT = 0.25
PRICE_WEIGHT = 0.01
"""Weight of the ratio of prices. It orders products that are alike otherwise."""

BUYER_EXPONENT = 0.25
PRIOR_BUYERS = 5.0
"""Added to the largest number of shared buyers, so that a few are weak evidence."""

MIN_SHARED_BUYERS = 3
ALIKE = 0.5
"""Smallest cosine of centered text vectors at which a reason calls products similar."""

MAX_OF_TEXT = 6
"""Maximum number of alternatives with the same text. They look identical on a page."""

_POOL = 4 * MAX_ALTERNATIVES
CELLS_AT_ONCE = 1 << 22
"""Pairs of products that are scored at a time, about 100 MB."""
_Rows = NDArray[np.int32]


class _Found(NamedTuple):
    """Alternatives of one product, best first."""

    rows: _Rows
    scores: NDArray[np.float32]
    kinds: NDArray[np.uint8]


_NOTHING = _Found(np.empty(0, np.int32), np.empty(0, np.float32), np.empty(0, np.uint8))


@dataclass(frozen=True, slots=True)
class AlternativeInputs:
    """Everything that alternatives are found from, in catalog order.

    Attributes:
        categories: code of each product's leaf category, −1 without one, shape (products,).
        prices: NaN without one, shape (products,).
        bought: X, shape (shoppers, products). Only entries of 1, purchases, count.
        content: content embeddings.
        order: all products, most popular first, those with weights as in `weights`.
        weights: B over the first products of `order`, shape (indexed, indexed).
        wanted: products whose alternatives are found, ascending. None: all.
        text_weight: weight of the cosine of texts within a category.
    """

    categories: NDArray[np.int32]
    prices: NDArray[np.float64]
    bought: csr_array
    content: Content
    order: NDArray[np.int32]
    weights: csr_array
    wanted: NDArray[np.int32] | None = None
    text_weight: float = TEXT_WEIGHT


def find_alternatives(inputs: AlternativeInputs, cells_at_once: int = CELLS_AT_ONCE) -> Alternatives:
    """Alternatives of each product, those of its own leaf category first.

    Within the category, s_ij = b_ij / (max_j b_ij + 5) + τ cos(C_i, C_j) + 0.01 p_ij with τ the weight of texts, which
    windows choose, and b_ij = n_ij / n_j^¼. n_ij are shoppers who bought both, n_j those who bought j, and p_ij is the
    ratio of prices, at most 1. Products of one category that the same shopper bought at different times are
    substitutes: McAuley, Pandey, Leskovec, "Inferring networks of substitutable and complementary products" (KDD 2015).
    The power of n_j keeps the best seller of the category from leading every list.

    Products without a category, and those of small ones, get the closest of all products, see `ClosestProducts`. So do
    those of a category with nearly all products, see `distinguishing_categories`.
    """
    inputs = replace(inputs, categories=distinguishing_categories(inputs.categories))
    count = len(inputs.categories)
    found = [_NOTHING] * count
    for product, pairs in _within_categories(inputs, cells_at_once):
        found[product] = pairs
    wanted = np.arange(count, dtype=np.int32) if inputs.wanted is None else inputs.wanted
    few = wanted[[len(found[row].rows) < ENOUGH for row in wanted.tolist()]]
    if len(few):
        closest = ClosestProducts(inputs.content, inputs.prices, inputs.order, inputs.weights)
        with progress.stage("Finding closest products", len(few), "products") as advance:
            for one in closest.search(few, MAX_ALTERNATIVES, advance):
                others = _elsewhere(one, inputs.categories)
                found[one.product] = _completed(found[one.product], one, others)
    indptr = np.concatenate([[0], np.cumsum([len(pairs.rows) for pairs in found], dtype=np.int64)])
    return Alternatives(indptr, *(np.concatenate(column) for column in zip(*found, _NOTHING, strict=True)))


def alternatives_in_category(inputs: AlternativeInputs) -> dict[int, NDArray[np.int32]]:
    """Alternatives within the category of each wanted product that has any, best first."""
    return {product: found.rows for product, found in _within_categories(inputs, CELLS_AT_ONCE)}


def _within_categories(inputs: AlternativeInputs, cells_at_once: int) -> Iterator[tuple[int, _Found]]:
    """Wanted products with their alternatives within the category."""
    bought = _purchases(inputs.bought)
    categories = [
        (members, members if inputs.wanted is None else np.intersect1d(members, inputs.wanted))
        for members in _by_category(inputs.categories)
    ]
    total = sum(len(wanted) for _, wanted in categories)
    with progress.stage("Finding alternatives", total, "products") as advance:
        for members, wanted in categories:
            for block in _blocks(wanted, max(cells_at_once // len(members), 1)):
                yield from zip(block.tolist(), _within(block, members, bought, inputs), strict=True)
                advance(len(block))


def _purchases(matrix: csr_array) -> csc_array:
    """X without views and carts, by product."""
    bought = matrix.copy()  # `eliminate_zeros` moves the indices in place.
    bought.data = np.where(matrix.data >= 1, 1, 0).astype(np.float32)
    bought.eliminate_zeros()
    return bought.tocsc()


def _by_category(categories: NDArray[np.int32]) -> Iterator[_Rows]:
    """Products of each leaf category with at least two."""
    order = np.argsort(categories, kind="stable").astype(np.int32)
    ordered = categories[order]
    for members in np.split(order, np.flatnonzero(np.diff(ordered)) + 1):
        if len(members) > 1 and categories[members[0]] >= 0:
            yield members


def _blocks(rows: _Rows, size: int) -> Iterator[_Rows]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _within(block: _Rows, members: _Rows, bought: csc_array, inputs: AlternativeInputs) -> Iterator[_Found]:
    """Alternatives of the products of `block` among the `members` of their category."""
    among = bought[:, members]
    shared = (bought[:, block].T @ among).toarray().astype(np.float32)
    buyers = np.maximum(np.diff(among.indptr), 1).astype(np.float32)
    shared[block[:, None] == members] = 0
    taste = shared / buyers**BUYER_EXPONENT
    taste /= taste.max(axis=1, keepdims=True) + PRIOR_BUYERS
    cosines = inputs.content.of_products(block) @ inputs.content.of_products(members).T
    scores = taste + inputs.text_weight * cosines
    scores += PRICE_WEIGHT * price_ratios(inputs.prices[block, None], inputs.prices[members])
    scores[block[:, None] == members] = -np.inf
    kinds = np.where(cosines >= ALIKE, Likeness.TEXT, Likeness.CATEGORY)
    kinds[(shared >= MIN_SHARED_BUYERS) & (taste > inputs.text_weight * cosines)] = Likeness.BUYERS
    texts = inputs.content.text_of[members]
    pool, kept = _candidates(scores, texts, inputs.content.no_text, _POOL)
    for row, places in enumerate(pool):
        chosen = places[kept[row]][:MAX_ALTERNATIVES]
        if len(chosen) < MAX_ALTERNATIVES and len(members) > _POOL:  # nearly all of the pool have one text
            (every,), (few,) = _candidates(scores[row, None], texts, inputs.content.no_text, len(members))
            chosen = every[few][:MAX_ALTERNATIVES]
        yield _Found(members[chosen], scores[row, chosen], kinds[row, chosen].astype(np.uint8))


def _candidates(
    scores: NDArray[np.float32], texts: NDArray[np.int32], no_text: int, count: int
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The `count` largest values of each row, and which may be listed.

    Columns, largest first.
    """
    pool = _largest(scores, count)
    kept = _first_of_text(texts[pool], no_text)
    return pool, kept & (np.take_along_axis(scores, pool, axis=1) > -np.inf)


def _largest(scores: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Columns of the largest values of each row, largest first.

    Earlier columns come first among equals.
    """
    if scores.shape[1] > count:
        pool = np.sort(np.argpartition(-scores, count, axis=1)[:, :count], axis=1)
    else:
        pool = np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
    order = np.argsort(-np.take_along_axis(scores, pool, axis=1), axis=1, kind="stable")
    return np.take_along_axis(pool, order, axis=1)


def _first_of_text(texts: NDArray[np.int32], no_text: int) -> NDArray[np.bool_]:
    """Marks the first products of each text in each row.

    Those without text are all marked.
    """
    order = np.argsort(texts, axis=1, kind="stable")
    ordered = np.take_along_axis(texts, order, axis=1)
    place = np.arange(texts.shape[1])
    opens = np.ones(texts.shape, dtype=np.bool_)
    opens[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    within = place - np.maximum.accumulate(np.where(opens, place, 0), axis=1)
    kept = np.empty(texts.shape, dtype=np.bool_)
    np.put_along_axis(kept, order, (within < MAX_OF_TEXT) | (ordered == no_text), axis=1)
    return kept


def _elsewhere(closest: Closest, categories: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Marks closest products of other categories.

    If the product has no category, all are marked.
    """
    own = categories[closest.product]
    elsewhere: NDArray[np.bool_] = (categories[closest.rows] != own) | (own < 0)
    return elsewhere


def _completed(own: _Found, closest: Closest, others: NDArray[np.bool_]) -> _Found:
    """Alternatives of the own category, then closest products that `others` marks."""
    kinds = np.where(closest.cosines >= ALIKE, Likeness.TEXT, Likeness.CLOSEST).astype(np.uint8)
    last = own.scores[-1] if len(own.scores) else np.float32(np.inf)
    return _Found(
        np.concatenate([own.rows, closest.rows[others]])[:MAX_ALTERNATIVES],
        np.concatenate([own.scores, np.minimum(closest.scores[others], last)])[:MAX_ALTERNATIVES],
        np.concatenate([own.kinds, kinds[others]])[:MAX_ALTERNATIVES],
    )
