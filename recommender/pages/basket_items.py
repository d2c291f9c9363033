"""Products that complete a basket, by the orders that held its products."""

from dataclasses import replace
from functools import cached_property

import numpy as np

from recommender import kernels, profiles, reranking
from recommender.arrays import Doubles, FloatVector, Rows
from recommender.entities import Frequency, Profile, Reason, Scored, Term
from recommender.explanations import Explainer
from recommender.explanations.reasons import Cause, because_of, bought_again_reason, demand_reason
from recommender.explanations.terms import Terms
from recommender.explanations.titles import titles_of
from recommender.pages.page import Page, PageSpec, Source
from recommender.ports import StageObserver
from recommender.reranking import CapRules, KnownRows
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import ResolvedIds, values_at

FREQUENCY_HALF_LIFE_DAYS = 90.0
"""Age at which a day of purchase counts half in f."""

MAX_CAUSES = 2


class BasketItems:
    """Products that complete a basket.

    Their score is Σ_j W_ji + w √ρ_i log(1 + f_i), over the products j of the basket.

    W are weights of a ridge regression on orders, see `indexer.statistics.companions`. w is 0.15 unless windows chose
    otherwise (`basket_own_weight`), and ρ_i the repeat rate. f_i = Σ 0.5^(age / 90 days) over
    the days on which the shopper bought the product. It is 0 for products that the answer leaves out, and for guests.
    ρ_i keeps own products back where nothing is bought again. Personal frequency is what methods for the next basket
    gain most from: Li, Jullien, Ariannezhad, de Rijke, "A next basket recommendation reality check" (TOIS 2023).
    """

    def __init__(
        self, snapshot: Snapshot, basket: Rows, frequency: Frequency, strategy: str, stages: StageObserver
    ) -> None:
        """Scores the companions of `basket`, rows of its products, beside the shopper's own `frequency`."""
        self._snapshot = snapshot
        self._basket = basket
        self._days = dict(zip(frequency.rows.tolist(), frequency.days.tolist(), strict=True))
        own = _own_scores(snapshot, frequency)
        self._own = dict(zip(frequency.rows.tolist(), own.tolist(), strict=True))
        self._strategy = strategy
        self._stages = stages
        rows, scores = snapshot.companions.scores(basket)
        if len(rows) and len(frequency.rows):
            every = kernels.sorting.union(np.concatenate([rows, frequency.rows]), snapshot.products)
            scores = values_at(rows, scores, every) + values_at(frequency.rows, own, every)
            rows = every
        order = np.argsort(-scores, kind="stable")
        self._ranked = Scored(rows[order].astype(np.int32), scores[order])

    def page(self, spec: PageSpec) -> Page:
        """The best products for the basket, within the rules of a page."""
        rows, scores = self._ranked.rows, self._ranked.scores
        with self._stages.stage("filtering"):
            allowed = spec.item_filter.allows(rows)
        with self._stages.stage("reranking"):
            page = reranking.rerank(
                self._snapshot,
                Scored(rows[allowed], scores[allowed]),
                spec.limit,
                spec.diversity,
                KnownRows(bought=np.array(sorted(self._days), dtype=np.int32), earlier=spec.earlier),
                CapRules.of_baskets(self._snapshot.parameters),
            )
        return Page.scored(self._strategy, page, Source.BASKET)

    def explainer(self) -> Explainer:
        """Explains items by the products of the basket that add most to their score.

        Items that popularity alone put on the list are explained by their demand.
        """
        return Explainer(
            lambda rows: [self._reason(row) for row in rows.tolist()],
            lambda rows, scores: self._terms(rows, scores),
        )

    def _reason(self, row: int) -> Reason:
        parts = self._parts(row)[:MAX_CAUSES]
        if self._own.get(row, -1.0) >= sum(weight for _, weight in parts):
            return bought_again_reason(self._snapshot, row, self._days[row])
        causes = [other for other, _ in parts if self._go_together(other, row)]
        if not causes:
            return demand_reason(self._snapshot, row)
        own, *titles = titles_of(self._snapshot, [row, *causes])
        ids = list(map(self._snapshot.product_id, causes))
        return because_of(own, [Cause(one, title, "cart") for one, title in zip(ids, titles, strict=True)])

    def _go_together(self, one: int, other: int) -> bool:
        """True if orders hold both products more often than popularity alone explains."""
        return not self._snapshot.parameters.basket_popularity or self._snapshot.complements.associate(
            one, other
        )

    def _terms(self, rows: Rows, scores: Doubles) -> Terms:
        found: Terms = []
        for row, score in zip(rows.tolist(), scores.tolist(), strict=True):
            terms = [
                Term("basket", weight, self._snapshot.product_id(other)) for other, weight in self._parts(row)
            ]
            if row in self._days:
                left = score - sum(term.value for term in terms)
                terms.append(Term("frequency", left, self._snapshot.product_id(row)))
            found.append(tuple(terms))
        return found

    def _parts(self, row: int) -> list[tuple[int, float]]:
        """Products of the basket with their weight for the product in `row`, largest first."""
        rows, owners, weights = self._pairs
        places = slice(*np.searchsorted(rows, [row, row + 1]).tolist())
        return list(zip(owners[places].tolist(), weights[places].tolist(), strict=True))

    @cached_property
    def _pairs(self) -> tuple[Rows, Rows, FloatVector]:
        """Rows with a weight for the basket, ascending, its products, and the weights."""
        companions = self._snapshot.companions
        places = [companions.places(other) for other in self._basket.tolist()]
        found = np.concatenate([self._basket[:0], *(companions.rows[each] for each in places)])
        weights = np.concatenate([np.empty(0, np.float32), *(companions.weights[each] for each in places)])
        owners = np.repeat(self._basket, [each.stop - each.start for each in places])
        order = np.lexsort((-weights, found))
        return found[order], owners[order], weights[order]


def basket_frequency(frequency: Frequency, profile: Profile, ids: ResolvedIds) -> Frequency:
    """`frequency` with f_i of `BasketItems`, which ages with a half-life of 90 days."""
    if not len(frequency.rows):
        return frequency
    own = profiles.decayed_frequency(profile, FREQUENCY_HALF_LIFE_DAYS, ids)
    return replace(frequency, values=values_at(own.rows, own.values, frequency.rows))


def _own_scores(snapshot: Snapshot, frequency: Frequency) -> FloatVector:
    """The part of the score that own purchases add, for each product of `frequency`."""
    weight = np.float32(snapshot.parameters.basket_own_weight)
    rates = np.sqrt(snapshot.columns.repeat_rates[frequency.rows])
    scores: FloatVector = (weight * rates * np.log1p(frequency.values)).astype(np.float32)
    return scores
