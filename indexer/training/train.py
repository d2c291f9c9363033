"""Trains the model from purchases and texts, for builds and evaluations."""

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
from indexer.protocol.tasks import buyer_counts
from indexer.statistics.bought_together import ComplementOrder
from indexer.training.page_rules import PageGroups
from indexer.training.repurchase import Blend
from indexer.training.selection import ChosenParameters, choose_parameters


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Configuration of a training.

    Attributes:
        recipe: training parameters.
        half_life_days: half-life of a purchase in a profile, or None to choose it.
        kind: how rolling windows are split, or None to derive it from the purchases' times.
        dropped_rules, repurchase, alternatives_text_weight, complement_order, basket_popularity, basket_own_weight: see
            `ChosenParameters`, or None to choose them.
    """

    recipe: Recipe
    half_life_days: float | None = None
    kind: SplitKind | None = None
    dropped_rules: tuple[str, ...] | None = None
    repurchase: Blend | None = None
    alternatives_text_weight: float | None = None
    complement_order: ComplementOrder | None = None
    basket_popularity: float | None = None
    basket_own_weight: float | None = None

    def with_choices(self, choices: ChosenParameters) -> "TrainingConfig":
        """The configuration with the chosen parameters, so that they are not chosen again."""
        recipe = _apply_choices(self.recipe, choices)
        return replace(
            self,
            recipe=recipe,
            half_life_days=choices.half_life_days,
            dropped_rules=choices.dropped_rules,
            repurchase=choices.repurchase,
            alternatives_text_weight=choices.alternatives_text_weight,
            complement_order=choices.complement_order,
            basket_popularity=choices.basket_popularity,
            basket_own_weight=choices.basket_own_weight,
        )


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A trained model.

    Attributes:
        factors: vectors and weights.
        matrix: X, shape (shoppers, products).
        choices: parameters chosen on rolling windows.
        recipe: the recipe with the chosen parameters.
        content: content embeddings of all products.
    """

    factors: Factors
    matrix: csr_array
    choices: ChosenParameters
    recipe: Recipe
    content: Content


def _apply_choices(recipe: Recipe, choices: ChosenParameters) -> Recipe:
    """Returns the recipe with the chosen parameters."""
    return replace(
        recipe,
        trend_exponent=choices.trend_exponent,
        text_weight=choices.text_weight,
        ridge=choices.ridge,
        cold_text_weight=choices.cold_text_weight,
        popularity_weight=choices.popularity_weight,
    )


def train(
    purchases: Purchases,
    content: Content,
    config: TrainingConfig,
    browsing: Browsing | None = None,
    groups: PageGroups | None = None,
    guests: Purchases | None = None,
) -> TrainedModel:
    """Chooses the open parameters on rolling windows, then fits to all of `purchases`.

    Args:
        purchases: training purchases.
        content: content embeddings of all products.
        config: training configuration.
        browsing: views and carts of the same period, or None.
        groups: what the rules of a page group products by. None keeps all rules.
        guests: purchases of guests, for the choice of lists around products and baskets.
    """
    products = len(content.text_of)
    recipe = config.recipe
    kind = config.kind or split_kind(purchases)
    open_groups = groups if config.dropped_rules is None else None
    choices = choose_parameters(
        purchases, kind, content, recipe, config.half_life_days, groups=open_groups, guests=guests
    )
    if config.dropped_rules is not None:
        choices = replace(
            choices,
            dropped_rules=config.dropped_rules,
            repurchase=config.repurchase,
            alternatives_text_weight=config.alternatives_text_weight,
            complement_order=config.complement_order,
            basket_popularity=config.basket_popularity,
            basket_own_weight=config.basket_own_weight,
        )
    recipe = _apply_choices(recipe, choices)
    matrix = interaction_matrix(purchases, products, recipe.history_limit, browsing, recipe.browsing_weight)
    trend = demand_trend(purchases, products, recipe.trend_half_life_days)
    counts = buyer_counts(purchases, products)
    factors = fit(matrix, content, trend ** np.float32(choices.trend_exponent), recipe, counts)
    return TrainedModel(factors, matrix, choices, recipe, content)
