"""Measures the list of repeat purchases as served."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from adapters.telemetry import SilentStages
from indexer import progress
from indexer.evaluation.comparison import OURS
from indexer.evaluation.lists.measurement import ListMeasurement
from indexer.evaluation.served import profiles_of
from indexer.factorization import Purchases
from indexer.protocol.metrics import PerShopper
from indexer.protocol.repeat_windows import (
    MIN_OWN_PRODUCTS,
    TOP_REPEATED,
    WINDOW_DAYS,
    RepeatWindow,
    repeat_windows,
)
from indexer.protocol.tasks import purchase_matrix
from indexer.statistics.demand import repeat_statistics
from recommender.arrays import Rows
from recommender.entities import SECONDS_PER_DAY, Query
from recommender.scenarios.buy_again import buy_again
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.overlay import Overlay

RANDOM, FREQUENCY = "random own product", "personal frequency"
MIN_SHOPPERS = 30
"""Minimum number of tested shoppers in all windows together."""

_STAGES = SilentStages()
Rankings = NDArray[np.int32]
"""Product rows, best first, padded with −1; shape (shoppers, 10)."""


def measure_buy_again(
    snapshot: Snapshot, ids: Sequence[str], purchases: Purchases, max_shoppers: int, seed: int
) -> ListMeasurement | None:
    """Measures buy-again in the latest four windows of 14 days.

    Each window is served with the statistics of the purchases before it. The list needs nothing else of a model, so
    the same snapshot serves all windows.

    Args:
        snapshot: holds the products of `purchases`.
        ids: their ids, by row of `purchases`.
        purchases: purchases of the whole period.
        max_shoppers: maximum number of tested shoppers per window.
        seed: seed of samples and random rankings.

    Returns:
        The metrics, or None if too few shoppers can be tested or there are no dates.
    """
    count = len(ids)
    windows = [window.sample(max_shoppers, seed) for window in repeat_windows(purchases, count)]
    tested = sum(len(window.shoppers) for window in windows)
    if tested < MIN_SHOPPERS:
        return None
    rankings: dict[str, list[Rankings]] = {OURS: [], FREQUENCY: [], RANDOM: []}
    with progress.stage("Evaluating buy-again", tested, "shoppers") as advance:
        for window in windows:
            rankings[OURS].append(_as_served(snapshot, ids, window))
            rankings[FREQUENCY].append(_by_frequency(window, count))
            rankings[RANDOM].append(_at_random(window, count, seed))
            advance(len(window.shoppers))
    values = {
        metric: {name: _mean_of(windows, found, kind) for name, found in rankings.items()}
        for metric, kind in (("precision@5", "precision"), ("recall@10", "recall"))
    }
    if min(len(found[OURS]) for found in values.values()) < MIN_SHOPPERS:
        return None
    return ListMeasurement(
        "buy-again",
        f"which own products will a shopper buy again within {WINDOW_DAYS} days?",
        f"{len(windows)} windows of {WINDOW_DAYS} days, {tested:,} tests of shoppers with at least"
        f" {MIN_OWN_PRODUCTS} own products",
        values,
        must_beat=(RANDOM,),
    )


def _mean_of(windows: Sequence[RepeatWindow], rankings: Sequence[Rankings], metric: str) -> PerShopper:
    """Values of all tests, scaled.

    Their mean is the mean of the windows' means.
    """
    parts = [getattr(window, metric)(found) for window, found in zip(windows, rankings, strict=True)]
    parts = [part[~np.isnan(part)] for part in parts]
    parts = [part for part in parts if len(part)]
    total = sum(map(len, parts))
    scaled = [part * (total / (len(parts) * len(part))) for part in parts]
    return np.concatenate(scaled) if scaled else np.zeros(0)


def _as_served(snapshot: Snapshot, ids: Sequence[str], window: RepeatWindow) -> Rankings:
    """The lists that the service shows when the window begins."""
    row_of = {product_id: row for row, product_id in enumerate(ids)}
    order = np.array([row_of[snapshot.product_id(row)] for row in range(len(ids))], dtype=np.int32)
    snapshot = _at(snapshot, order, window.train)
    corrections = Corrections.of(Overlay(), snapshot)
    found = np.full((len(window.shoppers), TOP_REPEATED), -1, dtype=np.int32)
    profiles = profiles_of(window.train, window.shoppers, ids)
    for place, profile in enumerate(profiles):
        answer = buy_again(
            snapshot, corrections, profile, Query(TOP_REPEATED), _STAGES, now=float(window.start)
        )
        found[place, : len(answer.items)] = [row_of[item.product_id] for item in answer.items]
    return found


def _at(snapshot: Snapshot, order: Rows, purchases: Purchases) -> Snapshot:
    """The snapshot with the statistics of repeat purchases at the end of `purchases`.

    `order` are rows of `purchases` by row of the snapshot.
    """
    products = len(order)
    intervals, rates = repeat_statistics(purchases, products)
    columns = replace(snapshot.columns, usual_interval_days=intervals[order], repeat_rates=rates[order])
    return replace(snapshot, columns=columns)


def _by_frequency(window: RepeatWindow, products: int) -> Rankings:
    """Own products by number of days, then by the latest of them."""
    pair = window.train.shoppers.astype(np.int64) * products + window.train.products
    day = window.train.times // int(SECONDS_PER_DAY)
    bought, last = np.unique(np.stack([pair, day]), axis=1)
    pairs, starts, days = np.unique(bought, return_index=True, return_counts=True)
    latest = np.maximum.reduceat(last, starts)
    return _best(window, (pairs // products, pairs % products), (latest, days))


def _at_random(window: RepeatWindow, products: int, seed: int) -> Rankings:
    """Own products in random order."""
    own = purchase_matrix(window.train, products)
    draws = np.random.default_rng(seed).random(own.nnz)
    shoppers, rows = own.nonzero()
    return _best(window, (shoppers, rows), (draws,))


def _best(
    window: RepeatWindow,
    pairs: tuple[NDArray[np.integer], NDArray[np.integer]],
    keys: tuple[NDArray[np.number], ...],
) -> Rankings:
    """The best own products of each tested shopper.

    The last of `keys` decides, then those before it.
    """
    shoppers, rows = pairs
    order = np.lexsort((*(-key for key in keys), shoppers))
    shoppers, rows = shoppers[order], rows[order]
    starts = np.searchsorted(shoppers, window.shoppers)
    ends = np.searchsorted(shoppers, window.shoppers, side="right")
    found = np.full((len(window.shoppers), TOP_REPEATED), -1, dtype=np.int32)
    for place, (start, end) in enumerate(zip(starts, np.minimum(ends, starts + TOP_REPEATED), strict=True)):
        found[place, : end - start] = rows[start:end]
    return found
