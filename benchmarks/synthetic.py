"""A synthetic shop with long-tailed purchases, latent tastes and matching texts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.factorization import Purchases
from indexer.factorization.content import Content
from indexer.progress import Advance

DIMS = 384
_ZIPF_EXPONENT, _ZIPF_SHIFT = 1.0, 10.0
_ACTIVITY_SPREAD = 1.0
_TASTES = 3
_FOLLOWS_TASTE = 0.8
_TEXT_NOISE = 1.0
_YEAR_SECONDS = 365 * 86_400
_START = 1_700_000_000
_BLOCK = 1 << 20
_TEXT_BLOCK = 1 << 14


@dataclass(frozen=True, slots=True)
class Shop:
    """Size of a shop and behavior of its shoppers.

    Attributes:
        products: number of products.
        purchases: number of purchases, including repeated ones.
        shoppers: number of shoppers. A few may buy nothing.
        texts: number of distinct texts. Products of one taste share texts when there are fewer texts than products.
        tastes: number of groups of products that are bought together and have similar texts.
        certain_buyers: minimum number of distinct buyers per product. Other purchases follow popularity.
        seed: seed of all random numbers.
    """

    products: int
    purchases: int
    shoppers: int
    texts: int
    tastes: int
    certain_buyers: int = 0
    seed: int = 1

    def taste_of(self) -> NDArray[np.int32]:
        """Taste of each product, ascending, shape (products,)."""
        return (np.arange(self.products, dtype=np.int64) * self.tastes // self.products).astype(np.int32)


def purchase_log(shop: Shop, advance: Advance) -> Purchases:
    """Generates purchases as flat arrays, in blocks that need little memory.

    Popularity is Zipf-Mandelbrot: the product of rank r sells ∝ 1 / (r + 10), ranks spread at random over tastes.
    Shoppers differ in activity (log-normal) and have three tastes each, drawn by the tastes' sales: four of five
    purchases come from those, the others from the whole catalog. Times are uniform over a year.

    Args:
        shop: size and behavior.
        advance: called with the number of purchases in each block. The certain ones are the first block.

    Raises:
        ValueError: fewer purchases than the certain buyers need, or fewer shoppers than certain buyers.
    """
    certain = shop.products * shop.certain_buyers
    if certain > shop.purchases or shop.certain_buyers > shop.shoppers:
        raise ValueError(f"{shop.certain_buyers} buyers of each product need more purchases or shoppers")
    rng = np.random.default_rng(shop.seed)
    sales = np.cumsum(1 / (rng.permutation(shop.products) + _ZIPF_SHIFT) ** _ZIPF_EXPONENT)
    activity = np.cumsum(rng.lognormal(0, _ACTIVITY_SPREAD, shop.shoppers))
    bounds = np.searchsorted(shop.taste_of(), np.arange(shop.tastes + 1))
    edges = np.concatenate([[0.0], sales])[bounds]
    tastes = _drawn(rng, edges[1:], shop.shoppers * _TASTES).reshape(shop.shoppers, _TASTES)
    shoppers, products = np.empty(shop.purchases, np.int32), np.empty(shop.purchases, np.int32)
    products[:certain] = np.tile(np.arange(shop.products), shop.certain_buyers)
    shoppers[:certain] = _certain_buyers(rng, shop)
    advance(certain)
    for start in range(certain, shop.purchases, _BLOCK):
        part = slice(start, min(start + _BLOCK, shop.purchases))
        buyers = _drawn(rng, activity, part.stop - start)
        taste = tastes[buyers, rng.integers(_TASTES, size=len(buyers))]
        follows = rng.random(len(buyers)) < _FOLLOWS_TASTE
        low, high = np.where(follows, edges[taste], 0.0), np.where(follows, edges[taste + 1], sales[-1])
        places = np.searchsorted(sales, low + rng.random(len(buyers)) * (high - low), side="right")
        shoppers[part], products[part] = buyers, np.minimum(places, shop.products - 1)
        advance(len(buyers))
    times = rng.integers(_START, _START + _YEAR_SECONDS, shop.purchases)
    return Purchases(shoppers, products, times, shop.shoppers)


def content_of(shop: Shop, advance: Advance) -> Content:
    """Content embeddings with 384 dimensions, normal around a direction of their taste.

    `advance` is called with the number of texts in each block.
    """
    rng = np.random.default_rng([shop.seed, 1])
    centers = rng.normal(size=(shop.tastes, DIMS)).astype(np.float32)
    text_of = (np.arange(shop.products, dtype=np.int64) * shop.texts // shop.products).astype(np.int32)
    taste_of_text = np.zeros(shop.texts, dtype=np.int32)
    taste_of_text[text_of] = shop.taste_of()
    embeddings = np.empty((shop.texts, DIMS), dtype=np.float32)
    for start in range(0, shop.texts, _TEXT_BLOCK):
        part = embeddings[start : start + _TEXT_BLOCK]
        rng.standard_normal(dtype=np.float32, out=part)
        part *= np.float32(_TEXT_NOISE)
        part += centers[taste_of_text[start : start + len(part)]]
        advance(len(part))
    return Content.of(embeddings, text_of)


def _certain_buyers(rng: np.random.Generator, shop: Shop) -> NDArray[np.int32]:
    """The certain buyers of all products, one round after the other.

    The buyers of one product are distinct.
    """
    first = rng.integers(shop.shoppers, size=shop.products)
    rounds = np.arange(shop.certain_buyers)[:, None]
    buyers: NDArray[np.int32] = ((first + rounds) % shop.shoppers).astype(np.int32).reshape(-1)
    return buyers


def _drawn(rng: np.random.Generator, cumulative: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Draws positions with probabilities proportional to the steps of `cumulative`."""
    places: NDArray[np.int64] = np.searchsorted(cumulative, rng.random(count) * cumulative[-1], side="right")
    return np.minimum(places, len(cumulative) - 1, out=places)
