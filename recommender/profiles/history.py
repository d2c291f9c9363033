"""Recency-weighted history of a shopper in a snapshot's rows."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.entities import SECONDS_PER_DAY, History, Interaction, Mask
from recommender.profiles.interaction_weights import KIND_WEIGHTS
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import ResolvedIds


def history_of(interactions: Sequence[Interaction], snapshot: Snapshot, ids: ResolvedIds) -> History:
    """The latest products with their weights by recency and kind.

    ŵ_j = w_j / √Σw, w = KIND_WEIGHTS[kind] · 0.5^(age / half-life).

    Of several interactions with one product the largest weight counts. Exponential forgetting of interactions: Ding
    and Li, "Time weight collaborative filtering" (CIKM 2005). The √Σw keeps long histories comparable, as in
    Koren's SVD++ (KDD 2008), |N(u)|^(-1/2).
    """
    parameters = snapshot.parameters
    product_ids, times, strengths, bought = _strongest(interactions, parameters.half_life_days)
    rows = ids.find(product_ids)
    known = rows >= 0
    rows, times, strengths, bought = rows[known], times[known], strengths[known], bought[known]
    usable = np.flatnonzero(rows < snapshot.indexed)
    newest_first = usable[np.lexsort((rows[usable], -times[usable]))][: parameters.history_limit]
    # Ages count from the shopper's latest interaction, not from today. The common factor scales all scores of an
    # answer alike, and weights do not underflow after years of absence.
    ages = (times[newest_first].max(initial=-np.inf) - times[newest_first]) / SECONDS_PER_DAY
    recency = strengths[newest_first] * np.power(0.5, ages / parameters.half_life_days)
    weights = recency / np.sqrt(recency.sum()) if len(recency) else recency
    return History(rows[newest_first], weights.astype(np.float32), np.sort(rows[bought]))


def _strongest(
    interactions: Sequence[Interaction], half_life_days: float
) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64], Mask]:
    """The interaction with the largest weight for each product.

    Returns ids, times, strengths and a mask of the products that were bought.

    Strengths at different times are compared at one common moment, by logarithms, which do not underflow.
    """
    half_life = half_life_days * SECONDS_PER_DAY
    logarithms = {kind: math.log2(weight) for kind, weight in KIND_WEIGHTS.items()}
    best: dict[str, tuple[float, float, float]] = {}
    bought: set[str] = set()
    for one in interactions:
        product_id, at, kind = one.product_id, one.at, one.kind
        if kind not in logarithms:
            continue
        if kind == "purchase":
            bought.add(product_id)
        weight = logarithms[kind] + at / half_life
        if product_id not in best or weight > best[product_id][0]:
            best[product_id] = weight, at, KIND_WEIGHTS[kind]
    _, times, strengths = np.array(list(best.values()), dtype=np.float64).reshape(-1, 3).T
    is_bought = np.fromiter(map(bought.__contains__, best), np.bool_, len(best))
    return list(best), times, strengths, is_bought


def single_product(row: int) -> History:
    """The history of one product, weight 1.

    Similar items are the recommendations for this history.
    """
    rows = np.array([row], dtype=np.int32)
    return History(rows, np.ones(1, dtype=np.float32), rows)
