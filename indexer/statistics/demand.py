"""Derives demand from purchase times: trending products, repurchase intervals and repeat rates."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.factorization import Purchases
from recommender.entities import SECONDS_PER_DAY
from recommender.snapshot.windows import TREND_DAYS, WEEKS, WINDOW_DAYS

RECENT_DAYS = TREND_DAYS
USUAL_DAYS = 90
MIN_BUYERS = 5
"""Minimum number of recent buyers of a trending product, however rarely it sold before."""

SMOOTHING = 5.0
"""Shopper-days of average demand that are added to every product."""

MIN_INTERVALS = 3
_WEEK = 7 * int(SECONDS_PER_DAY)

_ShopperDays = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]

MIN_DAYS, MIN_PAIRS = 90, 1_000
"""Time, and products that shoppers bought, from which on it shows that nothing is bought again."""

MIN_REPEAT_RATE = 0.001
"""Smallest ρ̄ of a shop in which products are bought again. It is .001 to .005 where some are, by chance or as gifts."""

REPEAT_PRIOR_BUYERS = 10.0
"""Buyers with the repeat rate of the whole shop that are added to every product."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Demand per product, all of shape (products,).

    Attributes:
        trending: recent over usual demand, 0 for products with too few recent buyers.
        trending_in: the same with a recent window of each of `WINDOW_DAYS`.
        usual_interval_days: median time until a shopper buys it again, NaN with fewer than three such times.
        repeat_rates: ρ, see `repeat_rates`.
    """

    trending: NDArray[np.float32]
    trending_in: dict[str, NDArray[np.float32]]
    usual_interval_days: NDArray[np.float32]
    repeat_rates: NDArray[np.float32]

    @classmethod
    def of(cls, everyone: Purchases, shoppers: Purchases, product_count: int) -> "Demand":
        """Computes the demand of each product.

        Args:
            everyone: purchases of shoppers and guests.
            shoppers: those of shoppers, who can buy again.
            product_count: number of product rows.
        """
        return cls(
            trending_scores(everyone, product_count),
            {name: trending_scores(everyone, product_count, days) for name, days in WINDOW_DAYS.items()},
            *repeat_statistics(shoppers, product_count),
        )


def trending_scores(
    purchases: Purchases, product_count: int, recent_days: int = RECENT_DAYS
) -> NDArray[np.float32]:
    """Recent demand of each product over its expected demand.

    t_i = (r_i + 5) / (u_i R / U + 5)

    Demand is the number of days on which a shopper bought the product: r_i in the 14 days up to the latest purchase
    (`recent_days`), u_i in the 90 days before those. R and U are the sums over all products, so that growth of the
    whole shop is no trend of each product. 0 where fewer than 5 shoppers bought it in the recent days, and everywhere
    without usual demand.

    The smoothing is the posterior mean of a Poisson rate with a gamma prior of mean 1: DuMouchel, "Bayesian data
    mining in large frequency tables" (The American Statistician 53, 1999).
    """
    shoppers, products, days = _shopper_days(purchases)
    latest = int(days.max(initial=0))
    recent = days > latest - recent_days
    usual = ~recent & (days > latest - recent_days - USUAL_DAYS)
    now = np.bincount(products[recent], minlength=product_count)
    before = np.bincount(products[usual], minlength=product_count)
    if not before.sum():
        return np.zeros(product_count, dtype=np.float32)
    score = (now + SMOOTHING) / (before * (now.sum() / before.sum()) + SMOOTHING)
    pairs = np.unique(shoppers[recent].astype(np.int64) * product_count + products[recent])
    buyers = np.bincount(pairs % product_count, minlength=product_count)
    return np.where(buyers >= MIN_BUYERS, score, 0.0).astype(np.float32)


def weekly_purchases(purchases: Purchases, product_count: int) -> NDArray[np.uint16]:
    """Purchases of each product in each of the last `WEEKS` weeks, oldest first.

    The last week ends with the latest purchase. A count above 65,535 is written as that. Shape (products, WEEKS).
    """
    weeks_ago = (purchases.times.max(initial=0) - purchases.times) // _WEEK
    recent = weeks_ago < WEEKS
    cells = purchases.products[recent].astype(np.int64) * WEEKS + (WEEKS - 1 - weeks_ago[recent])
    sold, counts = np.unique(cells, return_counts=True)
    weekly = np.zeros(product_count * WEEKS, dtype=np.uint16)
    weekly[sold.astype(np.int64)] = np.minimum(counts, np.iinfo(np.uint16).max)
    return weekly.reshape(product_count, WEEKS)


def repeat_statistics(
    purchases: Purchases, product_count: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Usual intervals and repeat rates of products, each of shape (product_count,).

    The usual interval is the median number of days until the same shopper buys the product again, NaN if it is unknown.
    For the rates see `repeat_rates`. Both share one sorting of the purchases.
    """
    bought_on = _shopper_days(purchases)
    return _usual_intervals(bought_on, product_count), _repeat_rates(bought_on, product_count)


def _usual_intervals(bought_on: _ShopperDays, product_count: int) -> NDArray[np.float32]:
    shoppers, products, days = bought_on
    again = (np.diff(shoppers) == 0) & (np.diff(products) == 0)
    product = products[1:][again]
    interval = np.diff(days)[again]
    order = np.lexsort((interval, product))
    product, interval = product[order], interval[order]
    counts = np.bincount(product, minlength=product_count)
    starts = np.cumsum(counts) - counts
    known = counts >= MIN_INTERVALS
    low = starts[known] + (counts[known] - 1) // 2
    high = starts[known] + counts[known] // 2
    medians = np.full(product_count, np.nan, dtype=np.float32)
    medians[known] = (interval[low] + interval[high]) / 2
    return medians


def repeat_rates(purchases: Purchases, product_count: int) -> NDArray[np.float32]:
    """Shrunk share of each product's buyers who bought it on several days.

    ρ_i = (a_i + 10 ρ̄) / (n_i + 10), with a_i of n_i buyers who bought it again and ρ̄ = Σ a_i / Σ n_i. It is the repeat
    purchase probability of Bhagat, Muralidharan, Lobzhanidze, Vishwanath, "Buy it again: modeling repeat purchase
    recommendations" (KDD 2018), with the mean of the shop as its prior. 0 everywhere if nobody bought anything twice.
    """
    return _repeat_rates(_shopper_days(purchases), product_count)


def usual_repeat_rate(rates: NDArray[Any], buyers: NDArray[Any]) -> float:
    """ρ̄ of `repeat_rates`, from the shrunk rates."""
    weights = buyers + REPEAT_PRIOR_BUYERS
    return float(rates @ weights / weights.sum()) if len(rates) else 0.0


def are_bought_once(times: NDArray[np.int64], rates: NDArray[Any], buyers: NDArray[Any]) -> bool:
    """True if shoppers buy hardly any product again, although they had the time to.

    Args:
        times: time of each purchase.
        rates: ρ of each product, see `repeat_rates`.
        buyers: distinct buyers of each product.
    """
    has_time = np.ptp(times) >= MIN_DAYS * SECONDS_PER_DAY if len(times) else False
    return bool(has_time and buyers.sum() >= MIN_PAIRS and usual_repeat_rate(rates, buyers) < MIN_REPEAT_RATE)


def _repeat_rates(bought_on: _ShopperDays, product_count: int) -> NDArray[np.float32]:
    shoppers, products, _ = bought_on
    _, first, days = np.unique(
        shoppers.astype(np.int64) * product_count + products, return_index=True, return_counts=True
    )
    bought = products[first]
    buyers = np.bincount(bought, minlength=product_count)
    again = np.bincount(bought[days > 1], minlength=product_count)
    usual = again.sum() / max(buyers.sum(), 1)
    rates: NDArray[np.float32] = (
        (again + REPEAT_PRIOR_BUYERS * usual) / (buyers + REPEAT_PRIOR_BUYERS)
    ).astype(np.float32)
    return rates


def _shopper_days(purchases: Purchases) -> _ShopperDays:
    """Distinct triples of shopper, product and day, sorted in this order."""
    days = purchases.times // int(SECONDS_PER_DAY)
    order = np.lexsort((days, purchases.products, purchases.shoppers))
    shoppers, products, days = purchases.shoppers[order], purchases.products[order], days[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (np.diff(shoppers) != 0) | (np.diff(products) != 0) | (np.diff(days) != 0)
    return shoppers[first], products[first], days[first]
