"""Demand trend: recent demand relative to all demand."""

import numpy as np
from numpy.typing import NDArray

from indexer.factorization.interactions import Purchases
from recommender.entities import SECONDS_PER_DAY

SMOOTHING = 1.0
"""Recency-weighted purchases that are added to every product."""


def demand_trend(purchases: Purchases, product_count: int, half_life_days: float) -> NDArray[np.float32]:
    """Recent demand of each product over its expected demand.

    t_i = (r_i + 1) / (n_i R / N + 1)

    r_i = Σ 0.5^(age / half-life) over the product's n_i purchases, with ages relative to the latest purchase of all. R
    and N are the sums over all products. 1 for a product with constant demand, and for one that was never bought.
    Exponential smoothing of demand: Brown, "Statistical Forecasting for Inventory Control" (1959). Popularity by
    recency as a factor of the score: Ji, Sun, Zhang, Li, "A re-visit of the popularity baseline" (SIGIR 2020).

    Args:
        purchases: all purchases, including repeated ones.
        product_count: number of product rows.
        half_life_days: age in days at which a purchase counts half.

    Returns:
        Positive values, shape (product_count,).
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
