"""Purchases with seasons, and purchases of shoppers whose taste drifts."""

import numpy as np

from indexer.factorization import Purchases
from indexer.factorization.content import Content

DAY = 86_400
EIGHTHS = 8
PERIOD_DAYS = 90
START = 1_700_000_000 // DAY * DAY + 3_600
"""An hour after midnight, so that the split is by time and not by day."""


def purchases_from(shoppers: list[int], products: list[int], times: list[int]) -> Purchases:
    """Purchases from lists, ordered by time."""
    order = np.argsort(times, kind="stable")
    return Purchases(
        np.array(shoppers, dtype=np.int32)[order],
        np.array(products, dtype=np.int32)[order],
        np.array(times, dtype=np.int64)[order],
        max(shoppers) + 1,
    )


def seasonal_purchases(misleading: tuple[int, ...] = ()) -> Purchases:
    """Purchases by 120 shoppers of 64 products, with 8 products in season.

    Time has 8 equal parts. A season lasts from the middle of one part to the middle of the next, so that the products
    that sell when a part starts also sell next. In the parts of `misleading` the season ends when the part starts, and
    its products no longer sell.
    """
    generator = np.random.default_rng(12)
    shoppers: list[int] = []
    products: list[int] = []
    times: list[int] = []
    part_seconds = 14 * DAY
    for part in range(EIGHTHS):
        for number in range(300):
            late = number >= 150
            season = part + late
            own = season * 8 % 64 + generator.integers(8)
            if part in misleading and not late:
                own = (season * 8 + 16 + generator.integers(40)) % 64
            product = own if generator.random() < 0.8 or part in misleading else generator.integers(64)
            shoppers.append(int(generator.integers(120)))
            products.append(int(product))
            times.append(START + part * part_seconds + number * part_seconds // 300)
    return purchases_from(shoppers, products, times)


def drifting_purchases() -> Purchases:
    """Purchases by 80 shoppers, who change between 6 groups of products."""
    generator = np.random.default_rng(5)
    shoppers: list[int] = []
    products: list[int] = []
    times: list[int] = []
    for shopper in range(80):
        for period in range(EIGHTHS + 1):
            group = int(generator.integers(6))
            for product in generator.choice(20, 5, replace=False):
                day = period * PERIOD_DAYS - PERIOD_DAYS // 2 + int(generator.integers(PERIOD_DAYS))
                if 0 <= day < EIGHTHS * PERIOD_DAYS:
                    shoppers.append(shopper)
                    products.append(group * 20 + int(product))
                    times.append(START + day * DAY + int(generator.integers(DAY // 2)))
    return purchases_from(shoppers, products, times)


def without_text(products: int) -> Content:
    """Content embeddings of products that have no text."""
    return Content.of(np.empty((0, 4), np.float32), np.full(products, -1, dtype=np.int32))
