"""What sells now, against what always sold."""

import numpy as np
from numpy.typing import NDArray

from indexer.factorization.interactions import Purchases
from recommender.entities import SECONDS_PER_DAY

SMOOTHING = 1.0
"""Purchases, weighted by recency, that every product is assumed to have beside its own."""


def demand_trend(purchases: Purchases, product_count: int, half_life_days: float) -> NDArray[np.float32]:
    """t_i = (r_i + 1) / (n_i R / N + 1): recent demand over what the product's whole demand lets expect.

    r_i = Σ 0.5^(age / half-life) over the product's n_i purchases, aged from the latest of all; R and N are the
    sums over all products. 1 for a product that sells as it always did, and for one that was never bought.
    Exponential smoothing of demand: Brown, "Statistical Forecasting for Inventory Control" (1959); popularity by
    recency as a factor of the score: Ji, Sun, Zhang, Li, "A re-visit of the popularity baseline" (SIGIR 2020).

    Args:
        purchases: all purchases, repeated ones too.
        product_count: number of product rows.
        half_life_days: age in days at which a purchase counts half.

    Returns:
        Shape (product_count,), positive.
    """
    if not len(purchases):
        return np.ones(product_count, dtype=np.float32)
    age = (purchases.times.max() - purchases.times) / SECONDS_PER_DAY
    recency = np.power(0.5, age / half_life_days)
    recent = np.bincount(purchases.products, weights=recency, minlength=product_count)
    overall = np.bincount(purchases.products, minlength=product_count)
    expected = overall * (recency.sum() / len(purchases))
    trend: NDArray[np.float32] = ((recent + SMOOTHING) / (expected + SMOOTHING)).astype(np.float32)
    return trend
