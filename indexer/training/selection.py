"""Chooses regularization, half-life and trend on rolling windows of the training data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from indexer import progress
from indexer.factorization import Purchases, Recipe
from indexer.factorization.content import Content
from indexer.protocol.split import SplitKind
from indexer.statistics.bought_together import ComplementOrder
from indexer.training.alternatives import TEXT_WEIGHTS, text_weight_hits
from indexer.training.basket_rules import BasketChoice, choose_for_baskets
from indexer.training.cold_text import cold_text_weight
from indexer.training.complements import ORDERS, complement_hits
from indexer.training.options import Option, best_option
from indexer.training.page_rules import PageGroups, drop_rules
from indexer.training.popularity import popularity_weight
from indexer.training.regularization import RegularizationSearch, ndcgs_of
from indexer.training.repurchase import (
    BLENDS,
    DEFAULT,
    Blend,
    blend_ndcgs,
    half_life_name,
    latest_window_by_time,
)
from indexer.training.windows import DEFAULT_LIMITS, FittedWindow, WindowLimits, rolling_windows

HALF_LIVES = (60.0, 540.0, 36_500.0)
DEFAULT_HALF_LIFE = 180.0
EXPONENTS = (0.25, 0.5, 0.75, 1.0)
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
        dropped_rules: rules of a page that do not hold, see `page_rules`, or None if that was not chosen.
        repurchase: how own purchases are blended in, or None if that was not chosen.
        alternatives_text_weight: weight of texts in the order of similar products, or None if that was not chosen.
        cold_text_weight: weight of the likeness of texts for cold products, or None if that was not chosen.
        popularity_weight: weight of popularity beside the weights, or None if that was not chosen.
        complement_order: how much popularity and lift count in the order of products bought together, or None if that
            was not chosen.
        basket_popularity, basket_own_weight: weights of popularity and of own purchases in lists that complete a
            basket, or None if they were not chosen.
    """

    half_life_days: float
    trend_exponent: float
    shoppers: tuple[int, ...] = ()
    gains: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    text_weight: float | None = None
    ridge: float | None = None
    dropped_rules: tuple[str, ...] | None = None
    repurchase: Blend | None = None
    cold_text_weight: float | None = None
    popularity_weight: float | None = None
    alternatives_text_weight: float | None = None
    complement_order: ComplementOrder | None = None
    basket_popularity: float | None = None
    basket_own_weight: float | None = None


def choose_parameters(
    purchases: Purchases,
    kind: SplitKind,
    content: Content,
    recipe: Recipe,
    half_life_days: float | None,
    limits: WindowLimits = DEFAULT_LIMITS,
    *,
    groups: PageGroups | None = None,
    guests: Purchases | None = None,
) -> ChosenParameters:
    """Chooses γ, λ, half-life and δ in turn, then the rules of a page.

    Each is chosen by the largest mean gain. An option that loses in any window is rejected: a trend that helps in some
    weeks and misleads in others is not reliable. Scores are those of the item-item weights among each window's 5,000
    most bought products, so that no choice depends on the index or on truncation.

    Args:
        purchases: training purchases. The windows are their last three eighths.
        kind: how the windows are split.
        content: content embeddings of all products.
        recipe: training parameters. Those that are set stay.
        half_life_days: the half-life, or None to choose it.
        limits: sizes of the windows.
        groups: what the rules of a page group products by. None chooses no rules.
        guests: purchases of guests, whose orders count for lists around products and baskets.
    """
    chosen = _given(recipe, half_life_days)
    settled = None not in (half_life_days, recipe.trend_exponent, recipe.text_weight, recipe.ridge)
    if settled and groups is None:
        return chosen
    with progress.stage("Validating on windows", None, "fits") as advance:
        windows = rolling_windows(purchases, kind, content, recipe, limits)
        if not windows:
            return chosen
        search = RegularizationSearch(
            windows, replace(recipe, neighbours=NEIGHBOURS), chosen.half_life_days, advance
        )
        gains = search.run()
    fitted_windows = search.fitted[search.key]
    chosen = replace(chosen, text_weight=search.text_weight, ridge=search.ridge, gains=gains)
    chosen = _with_half_life_and_trend(chosen, search, half_life_days, recipe.trend_exponent)
    if groups is None:
        return chosen
    chosen = _with_popularity(chosen, fitted_windows, kind, limits)
    with_popularity = partial(
        FittedWindow.with_popularity,
        weight=chosen.popularity_weight or 0.0,
        max_products=limits.popular_products,
    )
    fitted_windows = list(map(with_popularity, fitted_windows))
    chosen = _with_rules(chosen, fitted_windows, groups)
    chosen = _with_cold_text(chosen, fitted_windows, content, recipe.seed, limits.min_shoppers)
    everyone = purchases.with_guests(guests) if guests else purchases
    chosen = _with_similar(chosen, purchases, content, recipe, groups, limits.min_shoppers)
    chosen = _with_lists_of_orders(chosen, everyone, content, recipe.seed, groups, limits.min_shoppers)
    if kind == "order":
        recipe = replace(recipe, neighbours=NEIGHBOURS, text_weight=chosen.text_weight, ridge=chosen.ridge)
        fitted_windows = list(map(with_popularity, latest_window_by_time(purchases, content, recipe, limits)))
    return _with_repurchase(chosen, fitted_windows, limits.min_shoppers)


def _given(recipe: Recipe, half_life_days: float | None) -> ChosenParameters:
    """The parameters that are set, and defaults of the others."""
    return ChosenParameters(
        half_life_days or DEFAULT_HALF_LIFE,
        recipe.trend_exponent or 0.0,
        text_weight=recipe.text_weight,
        ridge=recipe.ridge,
        cold_text_weight=recipe.cold_text_weight,
        popularity_weight=recipe.popularity_weight,
    )


def _with_lists_of_orders(
    chosen: ChosenParameters,
    everyone: Purchases,
    content: Content,
    seed: int,
    groups: PageGroups,
    min_cases: int,
) -> ChosenParameters:
    """Chooses parameters of products bought together and of baskets, always by time.

    `everyone` has the purchases of shoppers and guests. An order of a guest is a basket like any other.
    """
    complements = complement_hits(everyone, len(content.text_of), seed, min_cases)
    chosen = _with_complements(chosen, complements)
    dropped = chosen.dropped_rules or ()
    return _with_baskets(chosen, choose_for_baskets(everyone, content, groups, seed, min_cases, dropped))


def _with_half_life_and_trend(
    chosen: ChosenParameters,
    search: RegularizationSearch,
    half_life: float | None,
    exponent: float | None,
) -> ChosenParameters:
    """Chooses half-life and δ, unless they are given."""
    fitted_windows = search.fitted[search.key]
    gains = dict(chosen.gains)
    if half_life is None:
        half_life, tried = best_option(
            HALF_LIVES, DEFAULT_HALF_LIFE, search.ndcgs(), lambda days: ndcgs_of(fitted_windows, days)
        )
        gains |= {half_life_name(days): values for days, values in tried.items()}
    if exponent is None:
        without, *others = zip(
            *(window.ndcgs(half_life, (0.0, *EXPONENTS)) for window in fitted_windows), strict=True
        )
        by_exponent = dict(zip(EXPONENTS, others, strict=True))
        exponent, tried = best_option(EXPONENTS, 0.0, without, by_exponent.__getitem__)
        gains |= {f"trend exponent {option:g}": values for option, values in tried.items()}
    shoppers = tuple(len(window.task) for window in fitted_windows)
    return replace(chosen, half_life_days=half_life, trend_exponent=exponent, shoppers=shoppers, gains=gains)


def _with_popularity(
    chosen: ChosenParameters, windows: Sequence[FittedWindow], kind: SplitKind, limits: WindowLimits
) -> ChosenParameters:
    """Chooses how much popularity counts, unless it is given."""
    if chosen.popularity_weight is not None:
        return chosen
    weight, found = popularity_weight(windows, (chosen.half_life_days, chosen.trend_exponent), kind, limits)
    return replace(chosen, gains=dict(chosen.gains) | found, popularity_weight=weight)


def _with_rules(
    chosen: ChosenParameters, windows: Sequence[FittedWindow], groups: PageGroups
) -> ChosenParameters:
    """Drops the rules of a page that cost too much."""
    dropped, found = drop_rules(windows, chosen.half_life_days, chosen.trend_exponent, groups)
    gains = dict(chosen.gains) | {f"without {rule}": values for rule, values in found.items()}
    return replace(chosen, gains=gains, dropped_rules=dropped)


def _with_cold_text(
    chosen: ChosenParameters,
    windows: Sequence[FittedWindow],
    content: Content,
    seed: int,
    min_shoppers: int,
) -> ChosenParameters:
    """Chooses how much likeness of texts counts for cold products, unless it is given."""
    if chosen.cold_text_weight is not None:
        return chosen
    weight, found = cold_text_weight(windows, content, chosen.half_life_days, seed, min_shoppers)
    gains = dict(chosen.gains) | ({"Recall@20 of cold products with their texts": found} if found else {})
    return replace(chosen, gains=gains, cold_text_weight=weight)


def _with_similar(
    chosen: ChosenParameters,
    purchases: Purchases,
    content: Content,
    recipe: Recipe,
    groups: PageGroups,
    min_cases: int,
) -> ChosenParameters:
    """Chooses the weight of texts in the order of similar products, always by time."""
    limit, seed = recipe.history_limit, recipe.seed
    hits = text_weight_hits(purchases, content, groups.categories, limit, seed, min_cases=min_cases)
    if not hits:
        return chosen
    weight, gains = _most_hits(hits, TEXT_WEIGHTS, "hit@8 of similar products with text weight {:g}".format)
    return replace(chosen, gains={**chosen.gains, **gains}, alternatives_text_weight=weight)


def _with_complements(
    chosen: ChosenParameters, hits: Sequence[Mapping[ComplementOrder, float]]
) -> ChosenParameters:
    """Chooses the order of products bought together."""
    if not hits:
        return chosen

    def label(order: ComplementOrder) -> str:
        prior, exponent = order
        return f"recall@10 of bought together with lift^{exponent:g}, popularity as {prior:g} orders"

    order, gains = _most_hits(hits, ORDERS, label)
    return replace(chosen, gains={**chosen.gains, **gains}, complement_order=order)


def _with_baskets(chosen: ChosenParameters, found: BasketChoice | None) -> ChosenParameters:
    """Sets the weights of baskets. Drops their rules that cost too much."""
    if found is None:
        return chosen
    return replace(
        chosen,
        gains=dict(chosen.gains) | found.named_gains(),
        dropped_rules=(*(chosen.dropped_rules or ()), *found.dropped_rules),
        basket_popularity=found.popularity,
        basket_own_weight=found.own_weight,
    )


def _most_hits(
    hits: Sequence[Mapping[Option, float]], options: Sequence[Option], label: Callable[[Option], str]
) -> tuple[Option, dict[str, tuple[float, ...]]]:
    """The option with the most hits, and its gains.

    There are no gains of the default, the first of `options`.

    Args:
        hits: hits of each option in each window.
        options: the tried options.
        label: name of the gains of an option.
    """
    default, *others = options
    reference = [window[default] for window in hits]
    best, tried = best_option(others, default, reference, lambda option: [window[option] for window in hits])
    return best, {label(best): tried[best]} if best != default else {}


def _with_repurchase(
    chosen: ChosenParameters, windows: Sequence[FittedWindow], min_shoppers: int
) -> ChosenParameters:
    """Chooses the blend of own purchases and scores on windows by time."""
    if not windows or any(len(window.again) < min_shoppers for window in windows):
        return chosen
    found = [blend_ndcgs(window, chosen.half_life_days, chosen.trend_exponent) for window in windows]
    default = [ndcgs[DEFAULT] for ndcgs in found]
    blend, tried = best_option(BLENDS, DEFAULT, default, lambda option: [ndcgs[option] for ndcgs in found])
    gains = dict(chosen.gains)
    if blend != DEFAULT:
        weight, exponent, days = blend
        gains[f"repurchase with μ = {weight:g}, ρ^{exponent:g}, {half_life_name(days)}"] = tried[blend]
    return replace(chosen, gains=gains, repurchase=blend)
