"""Selects products that a shopper is due to buy again."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender import kernels
from recommender.entities import SECONDS_PER_DAY, FloatVector, Mask, Profile, Rows
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


@dataclass(frozen=True, slots=True)
class PurchaseIntervals:
    """Products that a shopper bought, with their usual intervals.

    Independent of the time.

    Attributes:
        rows: the products, ascending; shape (m,).
        last_times: of each one's last purchase, epoch seconds; shape (m,).
        interval_days, personal: see `Replenishment`; shape (m,).
        frequencies: decayed numbers of purchases; shape (m,).
    """

    rows: Rows
    last_times: NDArray[np.float64]
    interval_days: NDArray[np.float64]
    personal: Mask
    frequencies: FloatVector

    def due(self, now: float) -> Replenishment:
        """Products that are due to be bought again, most overdue first.

        A product is due at 0.7 ≤ e / T ≤ 3. Of equally overdue products the more frequent one comes first.

        e are the days since the shopper last bought the product, and T is its interval.

        Args:
            now: epoch seconds.
        """
        elapsed = (now - self.last_times) / SECONDS_PER_DAY
        ratio = elapsed / self.interval_days
        due = np.flatnonzero((ratio >= MIN_RATIO) & (ratio <= MAX_RATIO))
        due = due[np.lexsort((-self.frequencies[due], -ratio[due]))]
        return Replenishment(self.rows[due], elapsed[due], self.interval_days[due], self.personal[due])

    def nbytes(self) -> int:
        """Memory of the arrays."""
        arrays = (self.rows, self.last_times, self.interval_days, self.personal, self.frequencies)
        return sum(array.nbytes for array in arrays)


def purchase_intervals(profile: Profile, snapshot: Snapshot, ids: ResolvedIds) -> PurchaseIntervals:
    """The usual intervals between the shopper's purchases of each product.

    It is the median of the days between the shopper's own purchases of it, given at least two such intervals. Otherwise
    it is the median over all shoppers, or, if that is unknown, the shopper's single interval. Personal intervals take
    precedence as in Bhagat, Muralidharan, Lobzhanidze, Vishwanath, "Buy it again: modeling repeat purchase
    recommendations" (KDD 2018).

    Args:
        profile: the shopper's purchases, at least one interaction per product and day.
        snapshot: provides the products' usual intervals.
        ids: resolves product ids.
    """
    known, days, times = purchase_days(profile, ids)
    frequency = frequency_of(profile, snapshot.parameters, known, days)
    own = kernels.profiles.median_steps(days, frequency.days)
    usual = snapshot.columns.usual_interval_days[frequency.rows].astype(np.float64)
    personal = (frequency.days > _PERSONAL_INTERVALS) | np.isnan(usual)
    interval = np.where(personal, own, usual)
    last_times = times[np.cumsum(frequency.days) - 1]
    return PurchaseIntervals(frequency.rows, last_times, interval, personal, frequency.values)
