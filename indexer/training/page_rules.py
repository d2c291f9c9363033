"""Drops rules of a page that cost too much on rolling windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.protocol.metrics import TOP, ndcg
from indexer.sources import ProductRows
from indexer.training.windows import FittedWindow
from recommender.arrays import Rows
from recommender.entities import Scored
from recommender.reranking import TEXT_SHARE, CapColumns, KnownRows, fill_within_caps
from recommender.snapshot import ServingParameters
from recommender.snapshot.categories import distinguishing_categories

MAX_COST = 0.015
"""A rule is dropped if pages without it have a mean NDCG@20 that is higher by more than this share."""

_CANDIDATES = 100
"""Best products of each shopper, from which the rules choose."""

_EVERY = 1 << 30

Changes = Mapping[str, float]
RULES: Mapping[str, Changes] = {
    "two colors of one model": {"model_cap": _EVERY},
    "one product per text": {"text_cap": _EVERY},
    "share of products with the text of a bought one": {"twin_share": 1.0},
    "share of one category": {"category_share": 0.8},
    "looser share of one category": {"category_share": 1.0},
}
"""Serving parameters that drop or loosen each rule of pages for a shopper.

Without the rule for texts there is none for models either, so that the latter comes first where both cost as much."""
_AFTER = {"looser share of one category": "share of one category"}
"""Rules that hold only once another one is dropped."""

BASKET_RULES: Mapping[str, Changes] = {
    "one product per text in baskets": {"basket_text_share": TEXT_SHARE},
    "share of one category in baskets": {"basket_category_share": 0.5},
    "share of one text in baskets": {"basket_text_share": 0.5},
}
"""Serving parameters that loosen each rule of lists for a basket, in the order in which these are tried."""
_CHANGES: Mapping[str, Changes] = {**RULES, **BASKET_RULES}


def without_rules(parameters: ServingParameters, dropped: Sequence[str]) -> ServingParameters:
    """`parameters` without the rules `dropped`. Unknown names are ignored."""
    changes: dict[str, Any] = {}
    for rule in dropped:
        changes |= _CHANGES.get(rule, {})
    return replace(parameters, **changes)


@dataclass(frozen=True, slots=True)
class PageGroups:
    """Columns that the rules of a page group products by, each of shape (products,).

    Attributes:
        texts: products with the same text share a number. −1 without a title of their own.
        categories: products of one category share a number. −1 without a category.
        models: products whose titles differ at most in a color share a number. None: none do.
    """

    texts: NDArray[np.int32]
    categories: NDArray[np.int32]
    models: NDArray[np.int32] | None = None

    @classmethod
    def of(cls, products: ProductRows) -> "PageGroups":
        """The groups of `products`."""
        names = np.array(products.categories, dtype=object)
        _, categories = np.unique(names, return_inverse=True)
        known = np.array([bool(name) for name in products.categories], dtype=np.bool_)
        numbers = np.where(known, categories, -1).astype(np.int32)
        return cls(products.variant_groups, numbers, products.models)

    def columns(self, products: NDArray[np.integer], categories: NDArray[np.int32]) -> CapColumns:
        """The columns of `products`, all of which are warm, with their `categories`."""
        models = self.texts if self.models is None else self.models
        return CapColumns(self.texts[products], categories, models[products], len(products), len(products))


def drop_rules(
    windows: Sequence[FittedWindow], half_life_days: float, exponent: float, groups: PageGroups
) -> tuple[tuple[str, ...], dict[str, tuple[float, ...]]]:
    """Drops the rule that costs most, as long as it costs more than `MAX_COST`.

    Returns the dropped rules, and for each tried one the relative gains of NDCG@20 in each window without it. The other
    rules are kept, unless they were dropped before.
    """
    dropped: list[str] = []
    gains: dict[str, tuple[float, ...]] = {}
    while windows and (left := _droppable(dropped)):
        found = [_window_gains(window, half_life_days, exponent, groups, dropped, left) for window in windows]
        gains |= {rule: tuple(each[rule] for each in found) for rule in left}
        worst = max(left, key=lambda rule: float(np.mean(gains[rule])))
        if np.mean(gains[worst]) <= MAX_COST:
            break
        dropped.append(worst)
    return tuple(dropped), gains


def _droppable(dropped: Sequence[str]) -> list[str]:
    """Rules that hold without those that are `dropped`."""
    return [rule for rule in RULES if rule not in dropped and _AFTER.get(rule) in (None, *dropped)]


def _window_gains(
    window: FittedWindow,
    half_life_days: float,
    exponent: float,
    groups: PageGroups,
    dropped: Sequence[str],
    left: Sequence[str],
) -> dict[str, float]:
    """Gains of one window without each of the rules that are `left`."""
    categories = distinguishing_categories(groups.categories)[window.products]
    columns = groups.columns(window.products, categories)
    tried = [dropped, *([*dropped, rule] for rule in left)]
    settings = [without_rules(ServingParameters(), rules) for rules in tried]
    totals = np.zeros(len(settings))
    for part, (scores,) in window.scores(half_life_days, [exponent]):
        truth, history = csr_array(window.task.truth[part]), csr_array(window.task.history[part])
        rankings = np.full((len(settings), len(scores), TOP), -1, dtype=np.int32)
        for place, row in enumerate(scores):
            ranked = _best(row)
            own = history.indices[history.indptr[place] : history.indptr[place + 1]].astype(np.int32)
            for number, parameters in enumerate(settings):
                chosen = ranked.rows[fill_within_caps(columns, parameters, ranked, TOP, KnownRows(own))]
                rankings[number, place, : len(chosen)] = chosen
        totals += [ndcg(truth, found).sum() for found in rankings]
    base, *others = totals.tolist()
    return {rule: total / base - 1 if base else 0.0 for rule, total in zip(left, others, strict=True)}


def _best(scores: NDArray[np.float32]) -> Scored:
    """The best products with a positive score."""
    count = min(_CANDIDATES, len(scores))
    rows = np.argpartition(-scores, count - 1)[:count]
    rows = rows[np.lexsort((rows, -scores[rows]))]
    best: Rows = rows[scores[rows] > 0].astype(np.int32)
    return Scored(best, scores[best])
