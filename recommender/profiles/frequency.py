"""A shopper's own purchases as evidence of what will be bought again."""

import numpy as np
from numpy.typing import NDArray

from recommender.entities import SECONDS_PER_DAY, Frequency, Interaction, Profile
from recommender.snapshot import Snapshot


def personal_frequency(profile: Profile, snapshot: Snapshot) -> Frequency:
    """f_i = Σ over the days the product was bought on of 0.5^(age / half-life), aged from the latest purchase.

    Personal frequency with time decay, the bar of next-basket recommendation: Hu, He, Gao, Zhang, "Modeling
    personalized item frequency information for next-basket recommendation" (SIGIR 2020).
    """
    known = visits(profile, snapshot)
    latest = max((int(bought.at // SECONDS_PER_DAY) for bought in purchases(profile)), default=0)
    rows, starts, days = np.unique(known[:, 0], return_index=True, return_counts=True)
    weight = np.power(0.5, (latest - known[:, 1]) / snapshot.parameters.repurchase_half_life_days)
    values = np.add.reduceat(weight, starts) if len(starts) else weight
    return Frequency(rows.astype(np.int32), days.astype(np.int32), values.astype(np.float32))


def visits(profile: Profile, snapshot: Snapshot) -> NDArray[np.int64]:
    """(row, day since the epoch) of each day on which a product that the snapshot knows was bought, sorted; (v, 2)."""
    bought = purchases(profile)
    ids = sorted({interaction.product_id for interaction in bought})
    row_of = dict(zip(ids, snapshot.lookup.find(ids).tolist(), strict=True))
    days = {
        (row_of[interaction.product_id], int(interaction.at // SECONDS_PER_DAY)) for interaction in bought
    }
    return np.array(sorted(visit for visit in days if visit[0] >= 0), dtype=np.int64).reshape(-1, 2)


def purchases(profile: Profile) -> list[Interaction]:
    """What the shopper bought, and did not merely look at."""
    return [interaction for interaction in profile.interactions if interaction.kind == "purchase"]
