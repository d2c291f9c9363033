"""The searched parameters: defaults, search space and validation score."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution

from indexer.factorization import Recipe, interaction_matrix
from indexer.factorization.gram import DEFAULT_LIMITS
from indexer.factorization.recipe import TEXT_WEIGHT, default_ridge
from indexer.training.selection import choose_parameters
from indexer.training.train import TrainingConfig
from indexer.training.windows import FittedWindow, RollingWindow
from indexer.tuning.data import TrainingData

REFIT_PARAMETERS = ("ridge", "text_weight", "neighbours")
"""Parameters that require a new fit. The others only change the scoring."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """The searched parameters, see `indexer.factorization.Recipe` and `indexer.training.train.TrainingConfig`."""

    ridge: float
    text_weight: float
    neighbours: int
    trend_exponent: float
    trend_half_life_days: float
    half_life_days: float


def default_parameters(training_data: TrainingData, config: TrainingConfig) -> Parameters:
    """The parameters that a build would use for these purchases."""
    recipe, products = config.recipe, len(training_data.content.text_of)
    choices = choose_parameters(
        training_data.purchases, training_data.kind, training_data.content, recipe, config.half_life_days
    )
    matrix = interaction_matrix(training_data.purchases, products, recipe.history_limit)
    neighbours = DEFAULT_LIMITS.neighbours(products)
    return Parameters(
        ridge=default_ridge(matrix) if choices.ridge is None else choices.ridge,
        text_weight=TEXT_WEIGHT if choices.text_weight is None else choices.text_weight,
        neighbours=recipe.neighbours or neighbours,
        trend_exponent=choices.trend_exponent,
        trend_half_life_days=recipe.trend_half_life_days,
        half_life_days=choices.half_life_days,
    )


def search_space(defaults: Parameters) -> dict[str, BaseDistribution]:
    """The search space. Each range includes the default."""

    def span(name: str, low: float, high: float, *, log: bool = False) -> FloatDistribution:
        default = getattr(defaults, name)
        return FloatDistribution(min(low, default), max(high, default), log=log)

    neighbours = defaults.neighbours
    return {
        "ridge": span("ridge", 1, 100, log=True),
        "text_weight": span("text_weight", 0, 2),
        "neighbours": IntDistribution(min(50, neighbours), max(400, neighbours)),
        "trend_exponent": span("trend_exponent", 0, 1),
        "trend_half_life_days": span("trend_half_life_days", 3, 60, log=True),
        "half_life_days": span("half_life_days", 30, 2_000, log=True),
    }


@dataclass(slots=True)
class Validation:
    """Scores parameters on windows. Caches the latest fit for parameters that share it."""

    windows: Sequence[RollingWindow]
    recipe: Recipe
    _key: tuple[float, ...] = ()
    _fitted_windows: list[FittedWindow] = field(default_factory=list)

    def ndcgs(self, parameters: Parameters) -> list[float]:
        """Mean NDCG@20 in each window."""
        days, exponent = parameters.half_life_days, parameters.trend_exponent
        trends = [window.trend(parameters.trend_half_life_days) for window in self.windows]
        pairs = zip(self._fit(parameters), trends, strict=True)
        return [replace(window, trend=trend).ndcg(days, exponent) for window, trend in pairs]

    def _fit(self, parameters: Parameters) -> list[FittedWindow]:
        key = (parameters.ridge, parameters.text_weight, parameters.neighbours)
        if key != self._key:
            recipe = replace(self.recipe, ridge=key[0], text_weight=key[1], neighbours=parameters.neighbours)
            self._fitted_windows = [window.fit(recipe) for window in self.windows]
            self._key = key
        return self._fitted_windows
