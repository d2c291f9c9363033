"""Chooses how much a shopper's own purchases count when recommendations may repeat them."""

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization import Purchases, Recipe
from indexer.factorization.content import Content
from indexer.protocol.metrics import ndcg
from indexer.protocol.split import are_counters
from indexer.protocol.tasks import Task
from indexer.statistics.demand import repeat_rates
from indexer.training.windows import (
    FittedWindow,
    WindowLimits,
    best_places,
    purchase_ages,
    rolling_windows,
    weights_by_age,
)
from recommender.entities import SECONDS_PER_DAY
from recommender.snapshot import ServingParameters

Blend = tuple[float, float]
"""μ, the weight of the score beside the own frequency, and the exponent of the repeat rate in that frequency."""

DEFAULT: Blend = (ServingParameters().repurchase_weight, ServingParameters().repurchase_rate_exponent)
BLENDS: tuple[Blend, ...] = tuple(product((5.0, 10.0, 20.0, 80.0, 1280.0), (0.0, 0.5)))
_SHOPPERS_AT_ONCE = 128


def blend_ndcgs(window: FittedWindow, half_life_days: float, exponent: float) -> dict[Blend, float]:
    """Mean NDCG@20 in repurchase with each of `BLENDS`.

    Scored by f_i ρ_i^e + μ t_i^δ Σ_j ŵ_j B_ji.
    """
    task, count = window.again, len(window.products)
    history = weights_by_age(purchase_ages(window.train, task), half_life_days)
    frequency = own_frequency(window.train, task)
    rates = repeat_rates(window.train, count)
    weighted = {power: _scaled(frequency, rates**power) for power in {power for _, power in BLENDS}}
    factor = window.trend**exponent
    totals = dict.fromkeys(BLENDS, 0.0)
    for start in range(0, len(task), _SHOPPERS_AT_ONCE):
        part = slice(start, start + _SHOPPERS_AT_ONCE)
        scores = (history[part] @ window.weights).toarray() * factor
        truth = csr_array(task.truth[part])
        for power, own in weighted.items():
            dense = own[part].toarray()
            for weight in {weight for weight, _ in BLENDS}:
                found = ndcg(truth, best_places(dense + np.float32(weight) * scores))
                totals[weight, power] += float(found.sum())
    return {blend: total / max(len(task), 1) for blend, total in totals.items()}


def own_frequency(purchases: Purchases, task: Task) -> csr_array:
    """f of `recommender.profiles.personal_frequency` for each shopper of a task, shape (len(task), products)."""
    count = len(task.allowed)
    place = np.full(purchases.shopper_count, -1, dtype=np.int64)
    place[task.shoppers] = np.arange(len(task))
    own = place[purchases.shoppers] >= 0
    pair = place[purchases.shoppers[own]] * count + purchases.products[own]
    pair, day = np.unique(np.stack([pair, purchases.times[own] // int(SECONDS_PER_DAY)]), axis=1)
    rows, columns = pair // count, pair % count
    latest = np.zeros(len(task), dtype=np.int64)
    np.maximum.at(latest, rows, day)
    half_life = ServingParameters().repurchase_half_life_days
    values = np.power(0.5, (latest[rows] - day) / half_life).astype(np.float32)
    found = csr_array((values, (rows, columns)), shape=(len(task), count))
    found.sum_duplicates()
    return found


def _scaled(frequency: csr_array, factors: NDArray[np.float32]) -> csr_array:
    """Each column times its factor."""
    values = frequency.data * factors[frequency.indices]
    return csr_array((values, frequency.indices, frequency.indptr), shape=frequency.shape)


def latest_window_by_time(
    purchases: Purchases, content: Content, recipe: Recipe, limits: WindowLimits
) -> list[FittedWindow]:
    """The latest window by time, or none.

    For purchases whose other windows are by order. By order, nothing is bought again. Counters have no time.
    """
    if are_counters(purchases):
        return []
    return [window.fit(recipe) for window in rolling_windows(purchases, "time", content, recipe, limits)[-1:]]
