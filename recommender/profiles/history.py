"""Recency-weighted history of a shopper in a snapshot's rows."""

import numpy as np

from recommender.entities import SECONDS_PER_DAY, History, Profile
from recommender.snapshot import Snapshot


def history_of(profile: Profile, snapshot: Snapshot) -> History:
    """The shopper's latest products with weights ŵ_j = w_j / √Σw, w = 0.5^(age / half-life).

    A product bought again counts once, at its latest. Exponential forgetting of interactions: Ding and Li,
    "Time weight collaborative filtering" (CIKM 2005); the √Σw keeps long histories comparable, as in
    Koren's SVD++ (KDD 2008), |N(u)|^(-1/2).
    """
    parameters = snapshot.parameters
    latest: dict[str, float] = {}
    for interaction in profile.interactions:
        latest[interaction.product_id] = max(interaction.at, latest.get(interaction.product_id, -np.inf))
    rows = snapshot.lookup.find(list(latest))
    times = np.fromiter(latest.values(), dtype=np.float64, count=len(latest))
    known = rows >= 0
    rows, times = rows[known], times[known]
    usable = np.flatnonzero(rows < snapshot.indexed)
    newest_first = usable[np.lexsort((rows[usable], -times[usable]))][: parameters.history_limit]
    # Ages count from the shopper's latest purchase, not from today: the common factor scales all scores of an
    # answer alike, and years of absence would underflow.
    ages = (times[newest_first].max(initial=-np.inf) - times[newest_first]) / SECONDS_PER_DAY
    recency = np.power(0.5, ages / parameters.half_life_days)
    weights = recency / np.sqrt(recency.sum()) if len(recency) else recency
    return History(rows[newest_first], weights.astype(np.float32), np.sort(rows))


def single_product(row: int) -> History:
    """The history of one product, weight 1: item-to-item recommendations are those of a one-product shopper."""
    rows = np.array([row], dtype=np.int32)
    return History(rows, np.ones(1, dtype=np.float32), rows)
