"""Chooses the weight of texts and the ridge on rolling windows."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from indexer import progress
from indexer.factorization import Recipe
from indexer.factorization.recipe import TEXT_WEIGHT, default_ridge
from indexer.training.options import best_option
from indexer.training.windows import FittedWindow, RollingWindow

RIDGE_FACTORS = (3.0, 10.0)


@dataclass(slots=True)
class RegularizationSearch:
    """Chooses γ, then λ.

    Each pair is fitted once, and the ridges of one γ share G.
    """

    windows: Sequence[RollingWindow]
    recipe: Recipe
    half_life_days: float
    advance: progress.Advance
    text_weight: float = TEXT_WEIGHT
    ridge: float = 0.0
    fitted: dict[tuple[float, float], list[FittedWindow]] = field(default_factory=dict)
    scored: dict[tuple[float, float], list[float]] = field(default_factory=dict)

    def run(self) -> dict[str, tuple[float, ...]]:
        """Sets γ and λ.

        Returns the gains of each option in each window.
        """
        gains: dict[str, tuple[float, ...]] = {}
        given = self.recipe
        self.ridge = given.ridge or default_ridge(self.windows[-1].matrix)
        self.text_weight = TEXT_WEIGHT if given.text_weight is None else given.text_weight
        ridges = [round(factor * self.ridge, 2) for factor in RIDGE_FACTORS] if given.ridge is None else []
        # Other ridges are fitted with the first γ in advance, because it nearly always stays.
        self._fit(self.text_weight, [self.ridge, *ridges])
        if given.text_weight is None and self._any_text():
            self._fit(0.0, [self.ridge])
            self.text_weight, tried = best_option(
                (0.0,), self.text_weight, self.ndcgs(), lambda option: self.ndcgs(text_weight=option)
            )
            gains |= {f"text weight {option:g}": values for option, values in tried.items()}
        if ridges:
            self._fit(self.text_weight, ridges)
            self.ridge, tried = best_option(
                ridges, self.ridge, self.ndcgs(), lambda option: self.ndcgs(ridge=option)
            )
            gains |= {f"ridge {option:g}": values for option, values in tried.items()}
        return gains

    @property
    def key(self) -> tuple[float, float]:
        """γ and λ."""
        return self.text_weight, self.ridge

    def ndcgs(self, text_weight: float | None = None, ridge: float | None = None) -> list[float]:
        """NDCG@20 in each window with the chosen γ and λ, or with others."""
        key = (
            self.text_weight if text_weight is None else text_weight,
            self.ridge if ridge is None else ridge,
        )
        if key not in self.scored:
            self.scored[key] = ndcgs_of(self.fitted[key], self.half_life_days)
        return self.scored[key]

    def _fit(self, text_weight: float, ridges: Sequence[float]) -> None:
        """Fits all windows with this γ and those of `ridges` that are missing."""
        missing = [ridge for ridge in ridges if (text_weight, ridge) not in self.fitted]
        if not missing:
            return
        recipe = replace(self.recipe, text_weight=text_weight)
        found = []
        for window in self.windows:
            found.append(window.fit_ridges(recipe, missing))
            self.advance(len(missing))
        for ridge, fits in zip(missing, zip(*found, strict=True), strict=True):
            self.fitted[text_weight, ridge] = list(fits)

    def _any_text(self) -> bool:
        content = self.windows[0].content
        return bool((content.text_of != content.no_text).any())


def ndcgs_of(fitted_windows: Sequence[FittedWindow], half_life_days: float) -> list[float]:
    """NDCG@20 in each window without a trend."""
    return [window.ndcg(half_life_days, 0.0) for window in fitted_windows]
