"""Chooses regularisation, half-life and trend on rolling windows of the training data."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from indexer import progress
from indexer.factorization import Purchases, Recipe, interaction_matrix
from indexer.factorization.content import Content
from indexer.factorization.fit import TEXT_WEIGHT, default_ridge
from indexer.protocol.split import SplitKind
from indexer.training.windows import (
    DEFAULT_LIMITS,
    FittedWindow,
    RollingWindow,
    WindowLimits,
    rolling_windows,
)

HALF_LIVES = (60.0, 540.0, 36_500.0)
DEFAULT_HALF_LIFE = 180.0
RIDGE_FACTORS = (3.0, 10.0)
EXPONENTS = (0.25, 0.5, 0.75, 1.0)
MAX_LOSS = 0.02
"""An option is rejected if it loses more than this share of NDCG@20 in any window."""
MIN_GAIN = 0.005
"""Minimum mean gain of an option, as a share of NDCG@20."""
NEIGHBOURS = 100


@dataclass(frozen=True, slots=True)
class ChosenParameters:
    """Parameters chosen on rolling windows.

    Attributes:
        half_life_days: half-life of a purchase in a shopper's profile.
        trend_exponent: δ, 0 for no trend.
        shoppers: number of tested shoppers in each window. Empty if nothing was chosen.
        gains: relative change of NDCG@20 in each window, by tried option.
        text_weight, ridge: γ and λ, or None for the defaults of the fit.
    """

    half_life_days: float
    trend_exponent: float
    shoppers: tuple[int, ...] = ()
    gains: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    text_weight: float | None = None
    ridge: float | None = None


def choose_parameters(
    purchases: Purchases,
    kind: SplitKind,
    content: Content,
    recipe: Recipe,
    half_life_days: float | None,
    limits: WindowLimits = DEFAULT_LIMITS,
) -> ChosenParameters:
    """Chooses γ, λ, half-life and δ in turn, each by the largest mean gain.

    An option that loses in any window is rejected: a trend that helps in some weeks and misleads in others is not
    reliable. Scores are those of the item-item weights among each window's 5,000 most bought products, so that no
    choice depends on the index or on truncation.

    Args:
        purchases: training purchases. The windows are their last three eighths.
        kind: how the windows are split.
        content: content embeddings of all products.
        recipe: training parameters. Those that are set stay.
        half_life_days: the half-life, or None to choose it.
        limits: sizes of the windows.
    """
    chosen = ChosenParameters(half_life_days or DEFAULT_HALF_LIFE, recipe.trend_exponent or 0.0)
    chosen = replace(chosen, text_weight=recipe.text_weight, ridge=recipe.ridge)
    if None not in (half_life_days, recipe.trend_exponent, recipe.text_weight, recipe.ridge):
        return chosen
    with progress.stage("Validating on windows", None, "fits") as advance:
        windows = rolling_windows(purchases, kind, content, recipe, limits)
        if not windows:
            return chosen
        search = _RegularizationSearch(
            windows, replace(recipe, neighbours=NEIGHBOURS), chosen.half_life_days, advance
        )
        gains = search.run()
        fitted_windows = search.fit_windows(search.recipe)
    chosen = replace(chosen, text_weight=search.recipe.text_weight, ridge=search.recipe.ridge)
    half_life, exponent = half_life_days, recipe.trend_exponent
    if half_life is None:
        half_life, tried = _best_option(
            HALF_LIVES, DEFAULT_HALF_LIFE, lambda days: _ndcgs(fitted_windows, days, 0.0)
        )
        gains |= {f"half-life {days:g} days": values for days, values in tried.items()}
    if exponent is None:
        exponent, tried = _best_option(
            EXPONENTS, 0.0, lambda option: _ndcgs(fitted_windows, half_life, option)
        )
        gains |= {f"trend exponent {option:g}": values for option, values in tried.items()}
    shoppers = tuple(len(window.task) for window in fitted_windows)
    return replace(chosen, half_life_days=half_life, trend_exponent=exponent, shoppers=shoppers, gains=gains)


@dataclass(slots=True)
class _RegularizationSearch:
    """Chooses γ, then λ. Each pair is fitted once."""

    windows: Sequence[RollingWindow]
    recipe: Recipe
    half_life_days: float
    advance: progress.Advance
    fits: dict[tuple[float | None, float | None], list[FittedWindow]] = field(default_factory=dict)

    def run(self) -> dict[str, tuple[float, ...]]:
        """Sets γ and λ in `recipe`.

        Returns the gains of each option in each window.
        """
        gains: dict[str, tuple[float, ...]] = {}
        given, ridge = self.recipe, self.recipe.ridge or self._default_ridge()
        weight = TEXT_WEIGHT if given.text_weight is None else given.text_weight
        self.recipe = replace(given, text_weight=weight, ridge=ridge)
        if given.text_weight is None and self._any_text():
            weight, tried = _best_option(
                (0.0,), weight, lambda option: self._ndcgs(replace(self.recipe, text_weight=option))
            )
            self.recipe = replace(self.recipe, text_weight=weight)
            gains |= {f"text weight {option:g}": values for option, values in tried.items()}
        if given.ridge is None:
            options = [round(factor * ridge, 2) for factor in RIDGE_FACTORS]
            ridge, tried = _best_option(
                options, ridge, lambda option: self._ndcgs(replace(self.recipe, ridge=option))
            )
            self.recipe = replace(self.recipe, ridge=ridge)
            gains |= {f"ridge {option:g}": values for option, values in tried.items()}
        return gains

    def fit_windows(self, recipe: Recipe) -> list[FittedWindow]:
        """All windows, fitted with `recipe`."""
        key = (recipe.text_weight, recipe.ridge)
        if key not in self.fits:
            self.fits[key] = [self._fit(window, recipe) for window in self.windows]
        return self.fits[key]

    def _ndcgs(self, recipe: Recipe) -> list[float]:
        return _ndcgs(self.fit_windows(recipe), self.half_life_days, 0.0)

    def _fit(self, window: RollingWindow, recipe: Recipe) -> FittedWindow:
        self.advance(1)
        return window.fit(recipe)

    def _any_text(self) -> bool:
        content = self.windows[0].content
        return bool((content.text_of != content.no_text).any())

    def _default_ridge(self) -> float:
        window = self.windows[-1]
        return default_ridge(
            interaction_matrix(window.train, len(window.products), self.recipe.history_limit)
        )


def _ndcgs(fitted_windows: Sequence[FittedWindow], half_life_days: float, exponent: float) -> list[float]:
    return [window.ndcg(half_life_days, exponent) for window in fitted_windows]


def _best_option(
    options: Iterable[float], default: float, ndcgs: Callable[[float], list[float]]
) -> tuple[float, dict[float, tuple[float, ...]]]:
    """The best option, and each option's gains over the default in each window."""
    reference = ndcgs(default)
    gains = {option: _gains(reference, ndcgs(option)) for option in options}
    acceptable = {option: np.mean(parts) for option, parts in gains.items() if min(parts) >= -MAX_LOSS}
    option, gain = max(acceptable.items(), key=lambda pair: pair[1], default=(default, 0.0))
    return (option if gain >= MIN_GAIN else default), gains


def _gains(base: Iterable[float], values: Iterable[float]) -> tuple[float, ...]:
    return tuple(
        value / reference - 1 if reference else 0.0 for reference, value in zip(base, values, strict=True)
    )
