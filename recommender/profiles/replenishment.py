"""Selects products that a shopper is due to buy again."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.entities import SECONDS_PER_DAY, Mask, Profile, Rows
from recommender.profiles.frequency import frequency_of, purchase_days
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import ResolvedIds

MIN_RATIO = 0.7
"""Elapsed intervals from which a product is due. Before that, the shopper still has some left."""

MAX_RATIO = 3.0
"""Elapsed intervals up to which a product is due. After that, the shopper gave it up or buys it elsewhere."""

_PERSONAL_INTERVALS = 2


@dataclass(frozen=True, slots=True)
class Replenishment:
    """Products that a shopper is due to buy again, most overdue first.

    Attributes:
        rows: the products.
        elapsed_days: since the last purchase.
        interval_days: usual time between two purchases.
        personal: true if the interval is the shopper's own. Otherwise it is the product's median.
    """

    rows: Rows
    elapsed_days: NDArray[np.float64]
    interval_days: NDArray[np.float64]
    personal: Mask


def due_again(profile: Profile, snapshot: Snapshot, now: float, ids: ResolvedIds) -> Replenishment:
    """Products that are due to be bought again, most overdue first.

    A product is due at 0.7 ≤ e / T ≤ 3. Of equally overdue products the more frequent one comes first.

    e are the days since the shopper last bought the product. T is the median of the days between the shopper's own
    purchases of it, given at least two such intervals. Otherwise it is the median over all shoppers, or, if that is
    unknown, the shopper's single interval. Personal intervals take precedence as in Bhagat, Muralidharan, Lobzhanidze,
    Vishwanath, "Buy it again: modeling repeat purchase recommendations" (KDD 2018).

    Args:
        profile: the shopper's purchases, at least one interaction per product and day.
        snapshot: provides the products' usual intervals.
        now: epoch seconds.
        ids: resolves product ids.
    """
    known, days, times = purchase_days(profile, ids)
    frequency = frequency_of(profile, snapshot.parameters, known, days)
    own = _own_intervals(days, frequency.days)
    usual = snapshot.columns.usual_interval_days[frequency.rows].astype(np.float64)
    personal = (frequency.days > _PERSONAL_INTERVALS) | np.isnan(usual)
    interval = np.where(personal, own, usual)
    elapsed = (now - times[np.cumsum(frequency.days) - 1]) / SECONDS_PER_DAY
    ratio = elapsed / interval
    order = np.lexsort((-frequency.values, -ratio))
    order = order[(ratio[order] >= MIN_RATIO) & (ratio[order] <= MAX_RATIO)]
    return Replenishment(frequency.rows[order], elapsed[order], interval[order], personal[order])


def _own_intervals(days: NDArray[np.int64], counts: Rows) -> NDArray[np.float64]:
    """The median of the steps between a product's days.

    NaN for a single day. Shape (len(counts),).

    Args:
        days: the days of all products, one product after another, ascending within each.
        counts: number of days per product.
    """
    owner = np.repeat(np.arange(len(counts)), counts)
    same = np.diff(owner) == 0
    owner, steps = owner[1:][same], np.diff(days)[same]
    steps = steps[np.lexsort((steps, owner))]
    starts = np.cumsum(counts - 1) - (counts - 1)
    medians = np.full(len(counts), np.nan)
    again = counts > 1
    low, high = starts[again] + (counts[again] - 2) // 2, starts[again] + (counts[again] - 1) // 2
    medians[again] = (steps[low] + steps[high]) / 2
    return medians
