"""Recency-weighted history of a shopper in a snapshot's rows."""

import numpy as np
from numpy.typing import NDArray

from recommender.entities import SECONDS_PER_DAY, History, Profile, Rows
from recommender.profiles.kinds import KIND_WEIGHTS
from recommender.snapshot import Snapshot

Doubles = NDArray[np.float64]


def history_of(profile: Profile, snapshot: Snapshot) -> History:
    """The shopper's latest products with weights ŵ_j = w_j / √Σw, w = weight of the kind · 0.5^(age / half-life).

    Of several interactions with one product the one that weighs most counts, so that one bought again counts once,
    at its latest. Exponential forgetting of interactions: Ding and Li,
    "Time weight collaborative filtering" (CIKM 2005); the √Σw keeps long histories comparable, as in
    Koren's SVD++ (KDD 2008), |N(u)|^(-1/2).
    """
    parameters = snapshot.parameters
    latest: dict[tuple[str, str], float] = {}
    for interaction in profile.interactions:
        key = (interaction.product_id, interaction.kind)
        latest[key] = max(interaction.at, latest.get(key, -np.inf))
    rows = snapshot.lookup.find([product_id for product_id, _ in latest])
    times = np.fromiter(latest.values(), dtype=np.float64, count=len(latest))
    kinds = np.fromiter((KIND_WEIGHTS[kind] for _, kind in latest), dtype=np.float64, count=len(latest))
    known = np.unique(rows[rows >= 0])
    usable = np.flatnonzero((rows >= 0) & (rows < snapshot.indexed))
    rows, times, kinds = rows[usable], times[usable], kinds[usable]
    # Ages count from the shopper's latest interaction, not from today: the common factor scales all scores of an
    # answer alike, and years of absence would underflow.
    ages = (times.max(initial=-np.inf) - times) / SECONDS_PER_DAY
    weights = kinds * np.power(0.5, ages / parameters.half_life_days)
    rows, times, weights = _heaviest(rows, times, weights)
    newest_first = np.lexsort((rows, -times))[: parameters.history_limit]
    rows, weights = rows[newest_first], weights[newest_first]
    normalised = weights / np.sqrt(weights.sum()) if len(weights) else weights
    return History(rows, normalised.astype(np.float32), known)


def _heaviest(rows: Rows, times: Doubles, weights: Doubles) -> tuple[Rows, Doubles, Doubles]:
    """Each row once, with the time and the weight of the interaction that weighs most."""
    order = np.lexsort((-weights, rows))
    firsts = order[np.flatnonzero(np.diff(rows[order], prepend=-1))]
    return rows[firsts], times[firsts], weights[firsts]


def single_product(row: int) -> History:
    """The history of one product, weight 1: item-to-item recommendations are those of a one-product shopper."""
    rows = np.array([row], dtype=np.int32)
    return History(rows, np.ones(1, dtype=np.float32), rows)
