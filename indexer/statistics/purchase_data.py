"""Facts about purchases, for the manifest."""

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from adapters.snapshots.shop_data import PurchaseData, ShopperGroup
from indexer.factorization import Purchases
from recommender.entities import SECONDS_PER_DAY

MAX_PERIODS = 120
_PERIOD_DAYS = (1, 7, 28, 91, 364)
_GROUPS = (1, 2, 3, 6, 11, 21, 51, 101, 501)
_DAY = int(SECONDS_PER_DAY)


def purchase_data(everyone: Purchases, shoppers: Purchases, future: int = 0) -> PurchaseData | None:
    """Facts about purchases, None without any.

    Args:
        everyone: purchases of shoppers and guests.
        shoppers: those of known shoppers.
        future: purchases that were dated ahead.
    """
    if not len(everyone):
        return None
    counts = np.bincount(shoppers.shoppers, minlength=1)
    counts = counts[counts > 0]
    days = everyone.times // _DAY
    size, start, by_period = periods(days)
    return PurchaseData(
        first=_time(int(everyone.times.min())),
        last=_time(int(everyone.times.max())),
        purchases=len(everyone),
        guest_purchases=len(everyone) - len(shoppers),
        future=future,
        shoppers=len(counts),
        products=len(np.unique(everyone.products)),
        orders=0 if everyone.orders is None else int(np.count_nonzero(np.unique(everyone.orders))),
        purchases_per_shopper=round(float(counts.mean()), 2) if len(counts) else 0.0,
        largest_shopper_share=round(int(counts.max(initial=0)) / len(everyone), 4),
        bought_once_share=round(float((counts == 1).mean()), 4) if len(counts) else 0.0,
        shopper_groups=_groups(counts),
        period_days=size,
        period_start=_time(start * _DAY),
        by_period=tuple(by_period.tolist()),
    )


def periods(days: NDArray[np.int64]) -> tuple[int, int, NDArray[np.int64]]:
    """Purchases by day, or by longer periods if there would be more than 120.

    The last period ends with the last day.

    Args:
        days: day of each purchase, not empty.

    Returns:
        Days of a period, the first day of the first period, and the number of purchases of each.
    """
    last = int(days.max())
    span = last - int(days.min()) + 1
    size = next((size for size in _PERIOD_DAYS if span <= size * MAX_PERIODS), -(-span // MAX_PERIODS))
    count = -(-span // size)
    numbers = count - 1 - (last - days) // size
    return size, last + 1 - count * size, np.bincount(numbers, minlength=count)


def _groups(counts: NDArray[np.int64]) -> tuple[ShopperGroup, ...]:
    """Shoppers by number of purchases, up to the last group that has any."""
    sizes = np.bincount(np.digitize(counts, _GROUPS))[1:].tolist()
    ends = [*(bound - 1 for bound in _GROUPS[1:]), None]
    return tuple(map(ShopperGroup, _GROUPS, ends, sizes))


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
