"""Recency-weighted history of a shopper in a snapshot's rows."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from recommender.entities import SECONDS_PER_DAY, History, Interaction, Rows
from recommender.interactions import PURCHASE, Interactions, changes
from recommender.profiles.interaction_weights import WEIGHTS
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import ResolvedIds

with np.errstate(divide="ignore"):
    _LOGARITHMS = np.log2(WEIGHTS)


def history_of(interactions: Iterable[Interaction], snapshot: Snapshot, ids: ResolvedIds) -> History:
    """The latest products with their weights by recency and kind.

    ŵ_j = w_j / √Σw, w = KIND_WEIGHTS[kind] · 0.5^(age / half-life).

    Of several interactions with one product the largest weight counts. Exponential forgetting of interactions: Ding
    and Li, "Time weight collaborative filtering" (CIKM 2005). The √Σw keeps long histories comparable, as in
    Koren's SVD++ (KDD 2008), |N(u)|^(-1/2).
    """
    parameters, packed = snapshot.parameters, Interactions.of(interactions)
    strongest = _strongest(packed, parameters.half_life_days)
    row_of = ids.find_all(packed.lookup)
    rows = row_of[packed.products[strongest]]
    known = rows >= 0
    rows, strongest = rows[known], strongest[known]
    times, strengths = packed.times[strongest], WEIGHTS[packed.kinds[strongest]]
    usable = np.flatnonzero(rows < snapshot.indexed)
    newest_first = usable[np.lexsort((rows[usable], -times[usable]))][: parameters.history_limit]
    # Ages count from the shopper's latest interaction, not from today. The common factor scales all scores of an
    # answer alike, and weights do not underflow after years of absence.
    ages = (times[newest_first].max(initial=-np.inf) - times[newest_first]) / SECONDS_PER_DAY
    recency = strengths[newest_first] * np.power(0.5, ages / parameters.half_life_days)
    weights = recency / np.sqrt(recency.sum()) if len(recency) else recency
    return History(rows[newest_first], weights.astype(np.float32), _bought(packed, row_of))


def _strongest(interactions: Interactions, half_life_days: float) -> NDArray[np.int64]:
    """The place of each product's interaction with the largest weight, ascending.

    Products without a weighted interaction have none. Strengths at different times are compared at one common moment,
    by logarithms, which do not underflow.
    """
    weights = _LOGARITHMS[interactions.kinds] + interactions.times / (half_life_days * SECONDS_PER_DAY)
    places = np.flatnonzero((weights == interactions.largest(weights)) & (weights > -np.inf))
    # The first of equal ones.
    return places[changes(interactions.products[places])]


def _bought(interactions: Interactions, row_of: Rows) -> Rows:
    """The known rows of the products that were bought, ascending."""
    rows = row_of[interactions.products[interactions.kinds == PURCHASE]]
    return np.unique(rows[rows >= 0])


def single_product(row: int) -> History:
    """The history of one product, weight 1.

    Similar items are the recommendations for this history.
    """
    rows = np.array([row], dtype=np.int32)
    return History(rows, np.ones(1, dtype=np.float32), rows)
