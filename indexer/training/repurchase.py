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

Blend = tuple[float, float, float]
"""Three parameters: μ, the weight of the score relative to the shopper's own frequency, e, the exponent of the repeat
rate in that frequency, and the half-life in days of a purchase in it."""

DEFAULT: Blend = (
    ServingParameters().repurchase_weight,
    ServingParameters().repurchase_rate_exponent,
    ServingParameters().repurchase_half_life_days,
)
FOREVER = 36_500.0
"""Half-life with which nothing ages. With a small μ, the order is that of personal frequency."""
BLENDS: tuple[Blend, ...] = (
    *product((5.0, 10.0, 20.0, 80.0, 1280.0), (0.0, 0.5), (DEFAULT[2],)),
    *product((0.1, 5.0, 20.0), (0.0,), (FOREVER,)),
)
_SHOPPERS_AT_ONCE = 128


def half_life_name(days: float) -> str:
    """Name of a half-life in reports."""
    return "no half-life" if days >= FOREVER else f"half-life {days:g} days"


def blend_ndcgs(window: FittedWindow, half_life_days: float, exponent: float) -> dict[Blend, float]:
    """Mean NDCG@20 in repurchase with each of `BLENDS`.

    Scored by f_i ρ_i^e + μ t_i^δ Σ_j ŵ_j B_ji.
    """
    task, count = window.again, len(window.products)
    history = weights_by_age(purchase_ages(window.train, task), half_life_days)
    rates = repeat_rates(window.train, count)
    frequencies = {
        half_life: own_frequency(window.train, task, half_life) for half_life in {each[2] for each in BLENDS}
    }
    weighted = {
        (power, half_life): _scaled(frequencies[half_life], rates**power)
        for power, half_life in {each[1:] for each in BLENDS}
    }
    factor = window.trend**exponent
    totals = dict.fromkeys(BLENDS, 0.0)
    for start in range(0, len(task), _SHOPPERS_AT_ONCE):
        part = slice(start, start + _SHOPPERS_AT_ONCE)
        scores = window.sums(history[part]) * factor
        truth = csr_array(task.truth[part])
        dense = {kind: own[part].toarray() for kind, own in weighted.items()}
        for blend in BLENDS:
            found = ndcg(truth, best_places(dense[blend[1:]] + np.float32(blend[0]) * scores))
            totals[blend] += float(found.sum())
    return {blend: total / max(len(task), 1) for blend, total in totals.items()}


def own_frequency(purchases: Purchases, task: Task, half_life: float) -> csr_array:
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
    """The latest window by time, or none if the times are counters.

    For purchases whose other windows are by order. In those, nothing is bought again.
    """
    if are_counters(purchases):
        return []
    return [window.fit(recipe) for window in rolling_windows(purchases, "time", content, recipe, limits)[-1:]]
