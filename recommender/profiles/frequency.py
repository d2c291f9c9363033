"""Time-decayed counts of a shopper's own purchases: evidence for buying a product again."""

import numpy as np
from numpy.typing import NDArray

from recommender.entities import SECONDS_PER_DAY, Frequency, Profile, Rows
from recommender.interactions import PURCHASE, changes
from recommender.snapshot import ServingParameters
from recommender.snapshot.lookups import ResolvedIds


def personal_frequency(profile: Profile, parameters: ServingParameters, ids: ResolvedIds) -> Frequency:
    """Time-decayed number of days on which each product was bought.

    f_i = Σ over these days of 0.5^(age / half-life), aged from the shopper's latest purchase.

    Personal frequency with time decay, a strong baseline of next-basket recommendation: Hu, He, Gao, Zhang, "Modeling
    personalized item frequency information for next-basket recommendation" (SIGIR 2020).
    """
    _, times = purchases(profile, ids)
    latest = _days(times).max() if len(times) else 0
    known, days = purchase_days(profile, ids)
    starts = np.flatnonzero(changes(known))
    weight = np.power(0.5, (latest - days) / parameters.repurchase_half_life_days)
    values = np.add.reduceat(weight, starts) if len(starts) else weight
    counts = np.diff(np.append(starts, len(known)))
    return Frequency(known[starts], counts.astype(np.int32), values.astype(np.float32))


def purchase_days(profile: Profile, ids: ResolvedIds) -> tuple[Rows, NDArray[np.int64]]:
    """The row and the day since the epoch of known purchases, distinct and ascending.

    Both have shape (v,).
    """
    rows, times = purchases(profile, ids)
    rows, days = rows[rows >= 0], _days(times[rows >= 0])
    order = np.lexsort((days, rows))
    rows, days = rows[order], days[order]
    distinct = changes(rows) | changes(days)
    return rows[distinct], days[distinct]


def _days(times: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.floor_divide(times, SECONDS_PER_DAY).astype(np.int64)


def purchases(profile: Profile, ids: ResolvedIds) -> tuple[Rows, NDArray[np.float64]]:
    """The row, −1 if it is unknown, and the time of each purchase.

    Both have shape (v,).
    """
    packed = profile.interactions
    bought = packed.kinds == PURCHASE
    return ids.find_all(packed.lookup)[packed.products[bought]], packed.times[bought]
