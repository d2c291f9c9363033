"""Time-decayed counts of a shopper's own purchases: evidence for buying a product again."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recommender import kernels
from recommender.arrays import Rows
from recommender.entities import NO_FREQUENCY, SECONDS_PER_DAY, Frequency, Profile
from recommender.interactions import PURCHASE
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import ResolvedIds


def personal_frequency(profile: Profile, snapshot: Snapshot, ids: ResolvedIds) -> Frequency:
    """Time-decayed number of days on which each product was bought.

    f_i = ρ_i^e Σ over these days of 0.5^(age / half-life), aged from the shopper's latest purchase. ρ_i is the repeat
    rate of the product, and e is 0 unless rolling windows chose otherwise.

    Personal frequency with time decay, a strong baseline of next-basket recommendation: Hu, He, Gao, Zhang, "Modeling
    personalized item frequency information for next-basket recommendation" (SIGIR 2020).
    """
    parameters = snapshot.parameters
    found = decayed_frequency(profile, parameters.repurchase_half_life_days, ids)
    if not parameters.repurchase_rate_exponent:
        return found
    rates = snapshot.columns.repeat_rates[found.rows] ** np.float32(parameters.repurchase_rate_exponent)
    return replace(found, values=found.values * rates)


def decayed_frequency(profile: Profile, half_life_days: float, ids: ResolvedIds) -> Frequency:
    """The personal frequency with another half-life and without repeat rates."""
    known, days, _ = purchase_days(profile, ids)
    return frequency_of(profile, half_life_days, known, days)


def frequency_of(profile: Profile, half_life_days: float, known: Rows, days: NDArray[np.int64]) -> Frequency:
    """The personal frequency, given the known rows and the days of `purchase_days`."""
    if not len(known):
        return NO_FREQUENCY
    packed = profile.interactions
    latest = packed.times[packed.kinds == PURCHASE].max() // SECONDS_PER_DAY
    starts = np.flatnonzero(np.append(True, known[1:] != known[:-1]))
    weight = np.power(0.5, (latest - days) / half_life_days)
    values = np.add.reduceat(weight, starts)
    counts = np.diff(starts, append=len(known))
    return Frequency(known[starts], counts.astype(np.int32), values.astype(np.float32))


def purchase_days(profile: Profile, ids: ResolvedIds) -> tuple[Rows, NDArray[np.int64], NDArray[np.float64]]:
    """The days on which known products were bought, by row and day.

    Returns the row, the day since the epoch, and the time of the last purchase on it; each of shape (v,).
    """
    packed = profile.interactions
    return kernels.profiles.visits(
        packed.products, packed.times, packed.kinds, ids.find_all(packed.lookup), PURCHASE, SECONDS_PER_DAY
    )
