"""Time-decayed counts of a shopper's own purchases: evidence for buying a product again."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.entities import SECONDS_PER_DAY, FloatVector, Frequency, Profile, Rows
from recommender.interactions import PURCHASE
from recommender.kernels import purchases as kernels
from recommender.snapshot import ServingParameters
from recommender.snapshot.lookups import ResolvedIds


class BoughtProducts(NamedTuple):
    """The known products that a shopper bought. All arrays have shape (m,).

    Attributes:
        rows, days, values: see `Frequency`.
        last_times: of each one's last purchase, epoch seconds.
        interval_days: median of the days between two purchases. NaN if all are of one day.
    """

    rows: Rows
    days: Rows
    values: FloatVector
    last_times: NDArray[np.float64]
    interval_days: NDArray[np.float64]


def personal_frequency(profile: Profile, parameters: ServingParameters, ids: ResolvedIds) -> Frequency:
    """Time-decayed number of days on which each product was bought.

    f_i = Σ over these days of 0.5^(age / half-life), aged from the shopper's latest purchase.

    Personal frequency with time decay, a strong baseline of next-basket recommendation: Hu, He, Gao, Zhang, "Modeling
    personalized item frequency information for next-basket recommendation" (SIGIR 2020).
    """
    bought = bought_products(profile, parameters, ids)
    return Frequency(bought.rows, bought.days, bought.values)


def bought_products(profile: Profile, parameters: ServingParameters, ids: ResolvedIds) -> BoughtProducts:
    """The known products that the shopper bought."""
    packed = profile.interactions
    return BoughtProducts(
        *kernels.bought_products(
            packed.products,
            packed.times,
            packed.kinds,
            ids.find_all(packed.lookup),
            PURCHASE,
            SECONDS_PER_DAY,
            parameters.repurchase_half_life_days,
        )
    )


def purchases(profile: Profile, ids: ResolvedIds) -> tuple[Rows, NDArray[np.float64]]:
    """The row, −1 if it is unknown, and the time of each purchase.

    Both have shape (v,).
    """
    packed = profile.interactions
    bought = packed.kinds == PURCHASE
    return ids.find_all(packed.lookup)[packed.products[bought]], packed.times[bought]
