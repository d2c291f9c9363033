"""Rolling windows of the training data, on which parameters are validated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.factorization import Purchases, Recipe, demand_trend, interaction_matrix
from indexer.factorization.content import Content
from indexer.factorization.fit import weights_by_ridge
from indexer.factorization.popularity import MAX_PRODUCTS, has_dimension, with_popularity
from indexer.factorization.recipe import default_ridge
from indexer.protocol.metrics import TOP, Rankings, ndcg
from indexer.protocol.split import Split, SplitKind, restrict_to_products, split_purchases
from indexer.protocol.tasks import Task, buyer_counts, discovery, repurchase
from recommender.entities import SECONDS_PER_DAY

WINDOWS = ((5 / 8, 6 / 8), (6 / 8, 7 / 8), (7 / 8, 1.0))
"""Start and end of each window, as shares of the training data."""
_SHOPPERS_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class WindowLimits:
    """Sizes of rolling windows.

    Attributes:
        max_products: most bought products that a window keeps.
        max_shoppers: maximum number of tested shoppers, drawn at random.
        max_repurchase_shoppers: the same for repurchase.
        min_shoppers: minimum number of tested shoppers. With fewer in any window, nothing is chosen.
        popular_products: see `GramLimits`.
    """

    max_products: int = 5_000
    max_shoppers: int = 2_000
    max_repurchase_shoppers: int = 500
    min_shoppers: int = 30
    popular_products: int = MAX_PRODUCTS


DEFAULT_LIMITS = WindowLimits()


@dataclass(frozen=True, slots=True)
class FittedWindow:
    """A window with fitted weights. Its products are renumbered without gaps.

    Attributes:
        task: discovery among the window's products.
        train: purchases of these products before the window.
        ages: see `purchase_ages`.
        weights: B, fitted before the window.
        trend: t, shape (products,).
        products: rows of the window's products, ascending, shape (products,).
        again: repurchase among the window's products.
        popularity: w p, which is added to every weight, shape (products,). None: nothing.
    """

    task: Task
    train: Purchases
    ages: csr_array
    weights: csr_array
    trend: NDArray[np.float32]
    products: NDArray[np.int64]
    again: Task
    popularity: NDArray[np.float32] | None = None

    def with_popularity(self, weight: float, max_products: int = MAX_PRODUCTS) -> "FittedWindow":
        """The window with weights that add popularity, see `with_popularity`."""
        count = len(self.products)
        shares = buyer_counts(self.train, count) / max(len(np.unique(self.train.shoppers)), 1)
        if has_dimension(weight, count, max_products):
            return replace(self, popularity=(weight * shares).astype(np.float32))
        weights = with_popularity(self.weights, np.arange(count), shares, weight, max_products)
        return replace(self, weights=weights)

    def sums(self, history: csr_array) -> NDArray[np.float32]:
        """Σ_j ŵ_j B_ji of each history, shape (len(history), products)."""
        sums: NDArray[np.float32] = (history @ self.weights).toarray()
        if self.popularity is not None:
            sums += history.sum(axis=1)[:, None].astype(np.float32) * self.popularity
        return sums

    def ndcg(
        self, half_life_days: float, exponent: float, shoppers_at_once: int = _SHOPPERS_AT_ONCE
    ) -> float:
        """Mean NDCG@20 over the window's shoppers, scored by t^δ Σ_j ŵ_j B_ji."""
        return self.ndcgs(half_life_days, [exponent], shoppers_at_once)[0]

    def ndcgs(
        self, half_life_days: float, exponents: Sequence[float], shoppers_at_once: int = _SHOPPERS_AT_ONCE
    ) -> list[float]:
        """`ndcg` for each of `exponents`, which share the sums."""
        totals = np.zeros(len(exponents))
        for part, blocks in self.scores(half_life_days, exponents, shoppers_at_once):
            truth = csr_array(self.task.truth[part])
            totals += [ndcg(truth, best_places(scores)).sum() for scores in blocks]
        return [float(total) / len(self.task) for total in totals]

    def scores(
        self, half_life_days: float, exponents: Sequence[float], shoppers_at_once: int = _SHOPPERS_AT_ONCE
    ) -> Iterator[tuple[slice, Iterator[NDArray[np.float32]]]]:
        """Yields blocks of shoppers with the scores of all products for each of `exponents`.

        Those that the shopper bought have −∞.
        """
        history = weights_by_age(self.ages, half_life_days)
        factors = [self.trend**exponent for exponent in exponents]
        for start in range(0, len(self.task), shoppers_at_once):
            part = slice(start, start + shoppers_at_once)
            sums = self.sums(history[part])
            known = self.task.history[part].nonzero()
            yield part, (_without(sums * factor, known) for factor in factors)


def _without(
    scores: NDArray[np.float32], places: tuple[NDArray[np.integer], NDArray[np.integer]]
) -> NDArray[np.float32]:
    scores[places] = -np.inf
    return scores


@dataclass(frozen=True, slots=True)
class RollingWindow:
    """A window without fitted weights. Its products are renumbered without gaps.

    Attributes:
        task: discovery among the window's products.
        train: purchases of these products before the window.
        everything: purchases of all products before the window.
        products: rows of the window's products, ascending, shape (products,).
        content: content embeddings of all products.
        matrix: X before the window, shape (shoppers, products).
        ages: see `purchase_ages`.
        again: repurchase among the window's products, for fewer shoppers.
    """

    task: Task
    train: Purchases
    everything: Purchases
    products: NDArray[np.int64]
    content: Content
    matrix: csr_array
    ages: csr_array
    again: Task

    def fit(self, recipe: Recipe) -> FittedWindow:
        """Fits the window's weights and trend with `recipe`."""
        ridge = recipe.ridge if recipe.ridge is not None else default_ridge(self.matrix)
        return self.fit_ridges(recipe, [ridge])[0]

    def fit_ridges(self, recipe: Recipe, ridges: Sequence[float]) -> list[FittedWindow]:
        """Fits with `recipe` and each of `ridges`."""
        content = Content(self.content.vectors, self.content.text_of[self.products])
        everything = np.arange(len(self.products), dtype=np.int32)
        trend = self.trend(recipe.trend_half_life_days)
        found = weights_by_ridge(self.matrix, everything, content, recipe, ridges)
        return [
            FittedWindow(self.task, self.train, self.ages, weights, trend, self.products, self.again)
            for weights in found
        ]

    def trend(self, half_life_days: float) -> NDArray[np.float32]:
        """t before the window, shape (products,)."""
        return demand_trend(self.everything, len(self.content.text_of), half_life_days)[self.products]


def rolling_windows(
    purchases: Purchases,
    kind: SplitKind,
    content: Content,
    recipe: Recipe,
    limits: WindowLimits = DEFAULT_LIMITS,
) -> Sequence[RollingWindow]:
    """All windows, or none if one of them has too few shoppers.

    Uses only `recipe`'s minimum number of buyers, history limit and seed.
    """
    windows = []
    for start, end in WINDOWS:
        window = _rolling_window(split_purchases(purchases, kind, start, end), content, recipe, limits)
        if window is None:
            return ()
        windows.append(window)
    return windows


def _rolling_window(
    part: Split, content: Content, recipe: Recipe, limits: WindowLimits
) -> RollingWindow | None:
    counts = buyer_counts(part.train, len(content.text_of))
    order = np.argsort(-counts, kind="stable")[: limits.max_products]
    products = np.sort(order[counts[order] >= recipe.minimum_buyers])
    train, test = restrict_to_products(part.train, products), restrict_to_products(part.test, products)
    everything = np.ones(len(products), dtype=np.bool_)
    kept = replace(part, train=train, test=test)
    task = discovery(kept, everything).sample(limits.max_shoppers, recipe.seed)
    if len(task) < limits.min_shoppers:
        return None
    matrix = interaction_matrix(train, len(products), recipe.history_limit)
    ages = purchase_ages(train, task)
    again = repurchase(kept, everything).sample(limits.max_repurchase_shoppers, recipe.seed)
    return RollingWindow(task, train, part.train, products, content, matrix, ages, again)


def purchase_ages(purchases: Purchases, task: Task) -> csr_array:
    """Age in days of each shopper's products, shape (len(task), products).

    It counts from the shopper's latest purchase. A product bought again counts once, at its latest.
    """
    products = len(task.allowed)
    place = np.full(purchases.shopper_count, -1, dtype=np.int64)
    place[task.shoppers] = np.arange(len(task))
    tested = place[purchases.shoppers] >= 0
    rows, columns = place[purchases.shoppers[tested]], purchases.products[tested]
    times = purchases.times[tested]
    newest = np.zeros(len(task), dtype=np.int64)
    np.maximum.at(newest, rows, times)
    age = (newest[rows] - times) / SECONDS_PER_DAY
    order = np.lexsort((age, rows * products + columns))
    rows, columns, age = rows[order], columns[order], age[order]
    latest = np.flatnonzero(np.diff(rows * products + columns, prepend=-1))
    return csr_array((age[latest], (rows[latest], columns[latest])), shape=(len(task), products))


def weights_by_age(ages: csr_array, half_life_days: float) -> csr_array:
    """ŵ of `purchase_ages`, in their shape.

    ŵ = w / √Σw with w = 0.5^(age / half-life), as by `recommender.profiles.history_of` for each shopper.
    """
    weights: NDArray[np.float32] = np.power(0.5, ages.data / half_life_days).astype(np.float32)
    matrix = csr_array((weights, ages.indices, ages.indptr), shape=ages.shape)
    totals = np.sqrt(np.maximum(np.asarray(matrix.sum(axis=1)).reshape(-1), np.finfo(np.float32).tiny))
    weights /= np.repeat(totals, np.diff(matrix.indptr)).astype(np.float32)
    return csr_array((weights, ages.indices, ages.indptr), shape=ages.shape)


def best_places(scores: NDArray[np.float32]) -> Rankings:
    """The 20 highest scores of each row, padded with −1. Shape (rows, 20).

    Equal to a stable sort of all scores. Only those that may be among the 20 are sorted.
    """
    count = scores.shape[1]
    if count <= TOP:
        every = np.argsort(-scores, axis=1, kind="stable").astype(np.int32)
        return np.pad(every, ((0, 0), (0, TOP - count)), constant_values=-1)
    last = np.partition(scores, count - TOP, axis=1)[:, count - TOP]
    rows, places = np.nonzero(scores >= last[:, None])  # more than 20 where scores are equal
    order = np.lexsort((-scores[rows, places], rows))
    starts = np.searchsorted(rows, np.arange(len(scores)))
    best: Rankings = places[order[starts[:, None] + np.arange(TOP)]].astype(np.int32)
    return best
