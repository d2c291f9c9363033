"""Recency-weighted history of a shopper in a snapshot's rows."""

from collections.abc import Iterable

import numpy as np

from recommender import kernels
from recommender.entities import SECONDS_PER_DAY, History, Interaction
from recommender.interactions import PURCHASE, Interactions
from recommender.profiles.interaction_weights import WEIGHTS
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import ResolvedIds


def history_of(interactions: Iterable[Interaction], snapshot: Snapshot, ids: ResolvedIds) -> History:
    """The latest products with their weights by recency and kind.

    ŵ_j = w_j / √Σw, w = KIND_WEIGHTS[kind] · 0.5^(age / half-life).

    Of several interactions with one product the largest weight counts. Exponential forgetting of interactions: Ding
    and Li, "Time weight collaborative filtering" (CIKM 2005). The √Σw keeps long histories comparable, as in
    Koren's SVD++ (KDD 2008), |N(u)|^(-1/2).
    """
    parameters, packed = snapshot.parameters, Interactions.of(interactions)
    rows, weights, bought = kernels.profiles.history(
        packed.products,
        packed.times,
        packed.kinds,
        ids.find_all(packed.lookup),
        WEIGHTS,
        parameters.half_life_days * SECONDS_PER_DAY,
        snapshot.indexed,
        parameters.history_limit,
        PURCHASE,
    )
    return History(rows, weights, bought)


def single_product(row: int) -> History:
    """The history of the product in `row` alone, with weight 1."""
    rows = np.array([row], dtype=np.int32)
    return History(rows, np.ones(1, dtype=np.float32), rows)
