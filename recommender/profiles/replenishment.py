"""Which of a shopper's own products are due to be bought again."""

import numpy as np
from numpy.typing import NDArray

from recommender.entities import SECONDS_PER_DAY, Due, Profile, Rows
from recommender.profiles.frequency import personal_frequency, purchases, visits
from recommender.snapshot import Snapshot

EARLIEST = 0.7
LATEST = 3.0
"""Intervals since the last purchase between which a product is due: earlier, there is still some left; later, the
shopper has given it up or buys it elsewhere."""

_PERSONAL_INTERVALS = 2


def due_again(profile: Profile, snapshot: Snapshot, now: float) -> Due:
    """Products with 0.7 ≤ e / T ≤ 3, largest e / T first, then the most frequent ones.

    e are the days since the shopper last bought the product. T is the median of the days between the shopper's own
    purchases of it, where there are two such intervals at least; else the median over all shoppers; where that is not
    known either, the shopper's single interval. Personal rhythm before the crowd's: Bhagat, Muralidharan, Lobzhanidze,
    Vishwanath, "Buy it again: modeling repeat purchase recommendations" (KDD 2018).

    Args:
        profile: the shopper's purchases, one interaction per product and day at least.
        snapshot: gives rows, and the products' usual intervals.
        now: epoch seconds.
    """
    frequency = personal_frequency(profile, snapshot)
    own = _own_intervals(visits(profile, snapshot)[:, 1], frequency.days)
    usual = snapshot.columns.usual_interval_days[frequency.rows].astype(np.float64)
    personal = (frequency.days > _PERSONAL_INTERVALS) | np.isnan(usual)
    interval = np.where(personal, own, usual)
    elapsed = (now - _last_times(profile, snapshot, frequency.rows.tolist())) / SECONDS_PER_DAY
    ratio = elapsed / interval
    order = np.lexsort((-frequency.values, -ratio))
    order = order[(ratio[order] >= EARLIEST) & (ratio[order] <= LATEST)]
    return Due(frequency.rows[order], elapsed[order], interval[order], personal[order])


def _own_intervals(days: NDArray[np.int64], counts: Rows) -> NDArray[np.float64]:
    """The median of the steps between a product's days; NaN for one day; shape (len(counts),).

    Args:
        days: every product's days in turn, ascending.
        counts: how many of them each product has.
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


def _last_times(profile: Profile, snapshot: Snapshot, rows: list[int]) -> NDArray[np.float64]:
    """When the product of each row was last bought, epoch seconds."""
    last: dict[str, float] = {}
    for interaction in purchases(profile):
        last[interaction.product_id] = max(interaction.at, last.get(interaction.product_id, -np.inf))
    return np.array([last[snapshot.product_id(row)] for row in rows], dtype=np.float64)
