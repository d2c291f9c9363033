"""Time-decayed counts of a shopper's own purchases: evidence for buying a product again."""

import numpy as np
from numpy.typing import NDArray

from recommender.entities import SECONDS_PER_DAY, Frequency, Interaction, Profile
from recommender.snapshot import ServingParameters
from recommender.snapshot.lookups import ResolvedIds


def personal_frequency(profile: Profile, parameters: ServingParameters, ids: ResolvedIds) -> Frequency:
    """Time-decayed number of days on which each product was bought.

    f_i = Σ over these days of 0.5^(age / half-life), aged from the shopper's latest purchase.

    Personal frequency with time decay, a strong baseline of next-basket recommendation: Hu, He, Gao, Zhang, "Modeling
    personalized item frequency information for next-basket recommendation" (SIGIR 2020).
    """
    known = purchase_days(profile, ids)
    latest = max((int(bought.at // SECONDS_PER_DAY) for bought in purchases(profile)), default=0)
    rows, starts, days = np.unique(known[:, 0], return_index=True, return_counts=True)
    weight = np.power(0.5, (latest - known[:, 1]) / parameters.repurchase_half_life_days)
    values = np.add.reduceat(weight, starts) if len(starts) else weight
    return Frequency(rows.astype(np.int32), days.astype(np.int32), values.astype(np.float32))


def purchase_days(profile: Profile, ids: ResolvedIds) -> NDArray[np.int64]:
    """Distinct (row, day since the epoch) of known purchases, sorted.

    Shape (v, 2).
    """
    bought = purchases(profile)
    rows = ids.find([interaction.product_id for interaction in bought]).tolist()
    days = {
        (row, int(interaction.at // SECONDS_PER_DAY)) for row, interaction in zip(rows, bought, strict=True)
    }
    return np.array(sorted(visit for visit in days if visit[0] >= 0), dtype=np.int64).reshape(-1, 2)


def purchases(profile: Profile) -> list[Interaction]:
    """The profile's interactions of kind `purchase`."""
    return [interaction for interaction in profile.interactions if interaction.kind == "purchase"]
