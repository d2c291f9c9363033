"""The searched parameters: defaults, search space and validation score."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution

from indexer.factorization import Recipe, interaction_matrix
from indexer.factorization.fit import TEXT_WEIGHT, default_ridge
from indexer.factorization.gram import DEFAULT_LIMITS
from indexer.training.selection import choose
from indexer.training.train import Learning
from indexer.training.windows import Period, Window
from indexer.tuning.past import Past

FITTED = ("ridge", "text_weight", "neighbours")
"""Parameters that require a new fit. The others only change the scoring."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """The searched parameters, see `indexer.factorization.Recipe` and `indexer.training.train.Learning`."""

    ridge: float
    text_weight: float
    neighbours: int
    trend_exponent: float
    trend_half_life_days: float
    half_life_days: float


def built_with(past: Past, learning: Learning) -> Parameters:
    """The parameters that a build would use for these purchases."""
    recipe, products = learning.recipe, len(past.content.text_of)
    choices = choose(past.purchases, past.kind, past.content, recipe, learning.half_life_days)
    matrix = interaction_matrix(past.purchases, products, recipe.history_limit)
    neighbours = DEFAULT_LIMITS.neighbours(products)
    return Parameters(
        ridge=default_ridge(matrix) if choices.ridge is None else choices.ridge,
        text_weight=TEXT_WEIGHT if choices.text_weight is None else choices.text_weight,
        neighbours=recipe.neighbours or neighbours,
        trend_exponent=choices.trend_exponent,
        trend_half_life_days=recipe.trend_half_life_days,
        half_life_days=choices.half_life_days,
    )


def ranges(defaults: Parameters) -> dict[str, BaseDistribution]:
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

    periods: Sequence[Period]
    recipe: Recipe
    _key: tuple[float, ...] = ()
    _windows: list[Window] = field(default_factory=list)

    def ndcgs(self, parameters: Parameters) -> list[float]:
        """Mean NDCG@20 in each window."""
        days, exponent = parameters.half_life_days, parameters.trend_exponent
        trends = [period.trend(parameters.trend_half_life_days) for period in self.periods]
        windows = zip(self._fitted(parameters), trends, strict=True)
        return [replace(window, trend=trend).ndcg(days, exponent) for window, trend in windows]

    def _fitted(self, parameters: Parameters) -> list[Window]:
        key = (parameters.ridge, parameters.text_weight, parameters.neighbours)
        if key != self._key:
            recipe = replace(self.recipe, ridge=key[0], text_weight=key[1], neighbours=parameters.neighbours)
            self._windows = [period.fitted(recipe) for period in self.periods]
            self._key = key
        return self._windows
