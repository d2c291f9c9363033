"""Regularisation, half-life and trend, chosen on rolling windows that end where the test begins."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer import progress
from indexer.factorization import Purchases, Recipe, demand_trend, interaction_matrix
from indexer.factorization.content import Content
from indexer.factorization.fit import TEXT_WEIGHT, default_ridge, item_weights
from indexer.protocol.metrics import TOP, Rankings, ndcg
from indexer.protocol.split import Split, SplitKind, only_products, split
from indexer.protocol.tasks import Task, buyers, discovery
from recommender.entities import SECONDS_PER_DAY

WINDOWS = ((5 / 8, 6 / 8), (6 / 8, 7 / 8), (7 / 8, 1.0))
HALF_LIVES = (60.0, 540.0, 36_500.0)
DEFAULT_HALF_LIFE = 180.0
RIDGE_FACTORS = (3.0, 10.0)
EXPONENTS = (0.25, 0.5, 0.75, 1.0)
WORST_LOSS = 0.02
"""An option is taken only when no window loses more than this share of NDCG@20 by it."""
LEAST_GAIN = 0.005
MOST_PRODUCTS = 5_000
MOST_SHOPPERS = 2_000
LEAST_SHOPPERS = 30
NEIGHBOURS = 100
_SHOPPERS_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Choices:
    """What is served with.

    Attributes:
        half_life_days: age at which a purchase counts half in a shopper's profile.
        trend_exponent: δ; 0 is no trend.
        shoppers: how many were asked about in each window; empty when nothing was left to choose, or there were
            too few to choose by.
        gains: for each option that was tried, the relative change of NDCG@20 in each window.
        text_weight, ridge: γ and λ; None leaves them to the fit.
    """

    half_life_days: float
    trend_exponent: float
    shoppers: tuple[int, ...] = ()
    gains: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    text_weight: float | None = None
    ridge: float | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A window, ready to be scored; its products are numbered anew, without gaps.

    Attributes:
        task: discovery among the window's products.
        train: purchases of these products before the window.
        weights: B, fitted before the window.
        trend: t, shape (products,).
    """

    task: Task
    train: Purchases
    weights: csr_array
    trend: NDArray[np.float32]

    def ndcg(self, half_life_days: float, exponent: float) -> float:
        """Mean NDCG@20 over the window's shoppers, scored by t^δ Σ_j ŵ_j B_ji."""
        history = recency_weights(self.train, self.task, half_life_days)
        factor = self.trend**exponent
        total = 0.0
        for start in range(0, len(self.task), _SHOPPERS_AT_ONCE):
            part = slice(start, start + _SHOPPERS_AT_ONCE)
            scores = (history[part] @ self.weights).toarray() * factor
            scores[self.task.history[part].nonzero()] = -np.inf
            total += float(ndcg(csr_array(self.task.truth[part]), _best(scores)).sum())
        return total / len(self.task)


@dataclass(frozen=True, slots=True)
class Period:
    """A window before anything is fitted; its products are numbered anew, without gaps.

    Attributes:
        task: discovery among the window's products.
        train: purchases of these products before the window.
        everything: purchases of all products before the window.
        products: the window's products among all, ascending; shape (products,).
        content: content embeddings of all products.
    """

    task: Task
    train: Purchases
    everything: Purchases
    products: NDArray[np.int64]
    content: Content

    def fitted(self, recipe: Recipe) -> Window:
        """The window with weights and trend as `recipe` has them."""
        count = len(self.products)
        matrix = interaction_matrix(self.train, count, recipe.history_limit)
        content = Content(self.content.vectors, self.content.text_of[self.products])
        weights, _ = item_weights(matrix, np.arange(count, dtype=np.int32), content, recipe)
        return Window(self.task, self.train, weights, self.trend(recipe.trend_half_life_days))

    def trend(self, half_life_days: float) -> NDArray[np.float32]:
        """t before the window; shape (products,)."""
        return demand_trend(self.everything, len(self.content.text_of), half_life_days)[self.products]


def choose(
    purchases: Purchases, kind: SplitKind, content: Content, recipe: Recipe, half_life_days: float | None
) -> Choices:
    """γ, λ, half-life and δ, one after the other: each the option of the largest mean gain by which no window loses.

    A trend that helped in some weeks and misled in others is none to go by. Scores are those of the item-item
    weights among each window's 5,000 most bought products: no choice depends on what index and truncation do
    to them.

    Args:
        purchases: what may be learnt from; the windows are its last three eighths.
        kind: how it is split.
        content: content embeddings of all products.
        recipe: training parameters; what is set there stays.
        half_life_days: the half-life, None to choose it.
    """
    chosen = Choices(half_life_days or DEFAULT_HALF_LIFE, recipe.trend_exponent or 0.0)
    chosen = replace(chosen, text_weight=recipe.text_weight, ridge=recipe.ridge)
    if None not in (half_life_days, recipe.trend_exponent, recipe.text_weight, recipe.ridge):
        return chosen
    with progress.stage("Validating on windows", None, "fits") as advance:
        periods = rolling_periods(purchases, kind, content, recipe)
        if not periods:
            return chosen
        fitting = _Fitting(periods, replace(recipe, neighbours=NEIGHBOURS), chosen.half_life_days, advance)
        gains = fitting.choose()
        windows = fitting.windows(fitting.recipe)
    chosen = replace(chosen, text_weight=fitting.recipe.text_weight, ridge=fitting.recipe.ridge)
    half_life, exponent = half_life_days, recipe.trend_exponent
    if half_life is None:
        half_life, tried = _chosen(HALF_LIVES, DEFAULT_HALF_LIFE, lambda days: _ndcgs(windows, days, 0.0))
        gains |= {f"half-life {days:g} days": values for days, values in tried.items()}
    if exponent is None:
        exponent, tried = _chosen(EXPONENTS, 0.0, lambda option: _ndcgs(windows, half_life, option))
        gains |= {f"trend exponent {option:g}": values for option, values in tried.items()}
    shoppers = tuple(len(window.task) for window in windows)
    return replace(chosen, half_life_days=half_life, trend_exponent=exponent, shoppers=shoppers, gains=gains)


@dataclass(slots=True)
class _Fitting:
    """Chooses what asks for a fit: γ, then λ. Fits each pair once."""

    periods: Sequence[Period]
    recipe: Recipe
    half_life_days: float
    advance: progress.Advance
    fits: dict[tuple[float | None, float | None], list[Window]] = field(default_factory=dict)

    def choose(self) -> dict[str, tuple[float, ...]]:
        """Settles γ and λ in `recipe`; returns what each option gained in each window."""
        gains: dict[str, tuple[float, ...]] = {}
        given, ridge = self.recipe, self.recipe.ridge or self._default_ridge()
        weight = TEXT_WEIGHT if given.text_weight is None else given.text_weight
        self.recipe = replace(given, text_weight=weight, ridge=ridge)
        if given.text_weight is None and self._any_text():
            weight, tried = _chosen(
                (0.0,), weight, lambda option: self._ndcgs(replace(self.recipe, text_weight=option))
            )
            self.recipe = replace(self.recipe, text_weight=weight)
            gains |= {f"text weight {option:g}": values for option, values in tried.items()}
        if given.ridge is None:
            options = [round(factor * ridge, 2) for factor in RIDGE_FACTORS]
            ridge, tried = _chosen(
                options, ridge, lambda option: self._ndcgs(replace(self.recipe, ridge=option))
            )
            self.recipe = replace(self.recipe, ridge=ridge)
            gains |= {f"ridge {option:g}": values for option, values in tried.items()}
        return gains

    def windows(self, recipe: Recipe) -> list[Window]:
        """Every window, fitted with `recipe`."""
        key = (recipe.text_weight, recipe.ridge)
        if key not in self.fits:
            self.fits[key] = [self._fitted(period, recipe) for period in self.periods]
        return self.fits[key]

    def _ndcgs(self, recipe: Recipe) -> list[float]:
        return _ndcgs(self.windows(recipe), self.half_life_days, 0.0)

    def _fitted(self, period: Period, recipe: Recipe) -> Window:
        self.advance(1)
        return period.fitted(recipe)

    def _any_text(self) -> bool:
        content = self.periods[0].content
        return bool((content.text_of != content.no_text).any())

    def _default_ridge(self) -> float:
        period = self.periods[-1]
        return default_ridge(
            interaction_matrix(period.train, len(period.products), self.recipe.history_limit)
        )


def _ndcgs(windows: Sequence[Window], half_life_days: float, exponent: float) -> list[float]:
    return [window.ndcg(half_life_days, exponent) for window in windows]


def _chosen(
    options: Iterable[float], default: float, ndcgs: Callable[[float], list[float]]
) -> tuple[float, dict[float, tuple[float, ...]]]:
    """The option that was chosen, and what each one gained over the default in each window."""
    reference = ndcgs(default)
    gains = {option: _gains(reference, ndcgs(option)) for option in options}
    sound = {option: np.mean(parts) for option, parts in gains.items() if min(parts) >= -WORST_LOSS}
    option, gain = max(sound.items(), key=lambda pair: pair[1], default=(default, 0.0))
    return (option if gain >= LEAST_GAIN else default), gains


def rolling_periods(
    purchases: Purchases, kind: SplitKind, content: Content, recipe: Recipe
) -> Sequence[Period]:
    """All windows, or none when one of them holds too few shoppers to tell anything.

    Of `recipe`, filter, history limit and seed are used.
    """
    periods = []
    for start, end in WINDOWS:
        period = _period(split(purchases, kind, start, end), content, recipe)
        if period is None:
            return ()
        periods.append(period)
    return periods


def _period(part: Split, content: Content, recipe: Recipe) -> Period | None:
    counts = buyers(part.train, len(content.text_of))
    order = np.argsort(-counts, kind="stable")[:MOST_PRODUCTS]
    products = np.sort(order[counts[order] >= recipe.minimum_buyers])
    train, test = only_products(part.train, products), only_products(part.test, products)
    everything = np.ones(len(products), dtype=np.bool_)
    task = discovery(replace(part, train=train, test=test), everything).sample(MOST_SHOPPERS, recipe.seed)
    if len(task) < LEAST_SHOPPERS:
        return None
    return Period(task, train, part.train, products, content)


def recency_weights(purchases: Purchases, task: Task, half_life_days: float) -> csr_array:
    """ŵ of many shoppers at once: what `recommender.profiles.history_of` gives for one; shape (len(task), products)."""
    products = len(task.allowed)
    place = np.full(purchases.shopper_count, -1, dtype=np.int64)
    place[task.shoppers] = np.arange(len(task))
    asked = place[purchases.shoppers] >= 0
    rows, columns = place[purchases.shoppers[asked]], purchases.products[asked]
    times = purchases.times[asked]
    newest = np.zeros(len(task), dtype=np.int64)
    np.maximum.at(newest, rows, times)
    weight = np.power(0.5, (newest[rows] - times) / SECONDS_PER_DAY / half_life_days)
    # A product bought again counts once, at its latest: the largest of its weights.
    order = np.lexsort((-weight, rows * products + columns))
    rows, columns, weight = rows[order], columns[order], weight[order]
    latest = np.flatnonzero(np.diff(rows * products + columns, prepend=-1))
    shape = (len(task), products)
    matrix = csr_array((weight[latest].astype(np.float32), (rows[latest], columns[latest])), shape=shape)
    totals = np.sqrt(np.maximum(np.asarray(matrix.sum(axis=1)).reshape(-1), np.finfo(np.float32).tiny))
    matrix.data /= np.repeat(totals, np.diff(matrix.indptr)).astype(np.float32)
    return matrix


def _best(scores: NDArray[np.float32]) -> Rankings:
    """The 20 highest scores of each row, −1 where the row is shorter; shape (rows, 20)."""
    best = np.argsort(-scores, axis=1, kind="stable")[:, :TOP].astype(np.int32)
    return np.pad(best, ((0, 0), (0, TOP - best.shape[1])), constant_values=-1)


def _gains(base: Iterable[float], values: Iterable[float]) -> tuple[float, ...]:
    return tuple(
        value / reference - 1 if reference else 0.0 for reference, value in zip(base, values, strict=True)
    )
