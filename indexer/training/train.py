"""From purchases and texts to what a snapshot serves: the one path of builds and of evaluations."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from indexer.factorization import (
    Browsing,
    Factors,
    Purchases,
    Recipe,
    demand_trend,
    fit,
    interaction_matrix,
)
from indexer.factorization.content import Content
from indexer.protocol.split import SplitKind, split_kind
from indexer.protocol.tasks import buyers
from indexer.training.selection import Choices, choose


@dataclass(frozen=True, slots=True)
class Learning:
    """How to learn.

    Attributes:
        recipe: training parameters.
        half_life_days: age at which a purchase counts half in a profile; None to choose it.
        kind: how rolling windows are split; None to tell it from the purchases' times.
    """

    recipe: Recipe
    half_life_days: float | None = None
    kind: SplitKind | None = None

    def settled(self, choices: Choices) -> "Learning":
        """The same with what was chosen, so that it is not chosen again."""
        recipe = settled(self.recipe, choices)
        return replace(self, recipe=recipe, half_life_days=choices.half_life_days)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What came of it.

    Attributes:
        factors: vectors and weights.
        matrix: X, shape (shoppers, products).
        choices: half-life and trend exponent, and why.
        recipe: the recipe with the chosen exponent.
    """

    factors: Factors
    matrix: csr_array
    choices: Choices
    recipe: Recipe


def settled(recipe: Recipe, choices: Choices) -> Recipe:
    """The recipe with what was chosen."""
    return replace(
        recipe,
        trend_exponent=choices.trend_exponent,
        text_weight=choices.text_weight,
        ridge=choices.ridge,
    )


def learn(
    purchases: Purchases, content: Content, learning: Learning, browsing: Browsing | None = None
) -> Learnt:
    """Chooses on rolling windows what is left to choose, then fits to all of `purchases`.

    Args:
        purchases: what may be learnt from.
        content: content embeddings of all products.
        learning: how.
        browsing: views and carts of the same time, None to do without.
    """
    products = len(content.text_of)
    recipe = learning.recipe
    kind = learning.kind or split_kind(purchases)
    choices = choose(purchases, kind, content, recipe, learning.half_life_days)
    recipe = settled(recipe, choices)
    matrix = interaction_matrix(purchases, products, recipe.history_limit, browsing, recipe.browsing_weight)
    trend = demand_trend(purchases, products, recipe.trend_half_life_days)
    counts = buyers(purchases, products)
    factors = fit(matrix, content, trend ** np.float32(choices.trend_exponent), recipe, counts)
    return Learnt(factors, matrix, choices, recipe)
