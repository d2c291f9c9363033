"""Pages of products that the buyers of one product buy."""

from functools import cached_property

from recommender import explanations, profiles, reranking
from recommender.arrays import Mask, Rows
from recommender.entities import NO_FREQUENCY, Reason
from recommender.explanations import Explainer
from recommender.pages.candidates import OVERSAMPLE, ScoredCandidates, score_candidates
from recommender.pages.page import Page, PageSpec, Source
from recommender.ports import StageObserver
from recommender.reranking import CapRules, KnownRows
from recommender.snapshot import Snapshot
from recommender.snapshot.alternatives import Likeness

RELATED = "related"

MIN_SHARE = 0.1
"""Smallest score of a related product, as a share of the best one's. Popular products are better than weaker ones."""


class RelatedItems:
    """Products of other categories that the buyers of one product buy.

    They may buy them before or after it. They are the recommendations for a history of this product alone. Only
    products with enough purchases have any: the others borrow their weights, which says nothing of what goes with them.
    """

    def __init__(self, snapshot: Snapshot, row: int, stages: StageObserver, *, beyond: int) -> None:
        """Finds products related to the one in `row`.

        `beyond` is the number of items on earlier pages.
        """
        self._snapshot = snapshot
        self._row = row
        self._stages = stages
        self._beyond = beyond
        self._history = profiles.single_product(row)

    def page(self, spec: PageSpec) -> Page:
        """Related products.

        Products of the own category are no complements and are left out, unless the category is broad.
        """
        if self._row >= self._snapshot.warm:
            return Page.empty(RELATED)
        most = (spec.limit + 1) * OVERSAMPLE
        ranked = self._candidates.select(spec.narrowed(self._is_complement), self._stages, most=most)
        with self._stages.stage("reranking"):
            page = reranking.rerank(
                self._snapshot,
                ranked.where(ranked.scores >= MIN_SHARE * self._best).without_noise(spec.limit + 1),
                spec.limit,
                spec.diversity,
                KnownRows(bought=self._history.rows, earlier=spec.earlier),
                CapRules(complements=True),
            )
        return Page.scored(RELATED, page, Source.RELATED)

    def explainer(self) -> Explainer:
        """Explains each related product by what it has in common with the product itself.

        - A similar text: the reason names the likeness, because the weight may come from texts without a common buyer.
        - Common orders: the reason names the same shoppers, unless the score comes mainly from the trend.
        - Neither, as at the weak end of a list: the reason names the demand.
        """
        by_history = explanations.history_explainer(
            self._snapshot, self._history, NO_FREQUENCY, lambda ids: {}
        )

        def reasons(rows: Rows) -> list[Reason]:
            listed = rows.tolist()
            alike = [row for row in listed if row in self._alike]
            likeness = explanations.likeness_reasons(
                self._snapshot, self._row, dict.fromkeys(alike, Likeness.TEXT)
            )
            trend_driven = explanations.are_trend_driven(self._snapshot, rows)
            joined = [
                row
                for row, is_driven in zip(listed, trend_driven, strict=True)
                if row not in self._alike and not is_driven and self._in_joint_orders(row)
            ]
            bought = explanations.same_shoppers_reasons(self._snapshot, self._row, joined)
            known = dict(zip([*alike, *joined], [*likeness, *bought], strict=True))
            return [known.get(row) or explanations.demand_reason(self._snapshot, row) for row in listed]

        return Explainer(reasons, by_history.terms)

    @cached_property
    def _alike(self) -> frozenset[int]:
        """Alternatives that are alike by text."""
        near = self._snapshot.alternatives
        places = near.places(self._row)
        return frozenset(near.rows[places][near.kinds[places] == Likeness.TEXT].tolist())

    def _in_joint_orders(self, other: int) -> bool:
        """True if several orders are known to have both products."""
        pairs = self._snapshot.companions, self._snapshot.complements
        return any(each.join(self._row, other) for each in pairs)

    @cached_property
    def _candidates(self) -> ScoredCandidates:
        return score_candidates(
            self._snapshot, self._history, NO_FREQUENCY, self._stages, beyond=self._beyond
        )

    @cached_property
    def _best(self) -> float:
        """The best score of all complements, on whatever page they are."""
        rows, scores = self._candidates.ranked.rows, self._candidates.ranked.scores
        return float(scores[self._is_complement(rows)].max(initial=0.0))

    def _is_complement(self, rows: Rows) -> Mask:
        """Marks warm products of other categories. Shape (len(rows),)."""
        codes = self._snapshot.narrow_categories
        own = int(codes[self._row])
        complements: Mask = (rows < self._snapshot.warm) & ((codes[rows] != own) | (own < 0))
        return complements
