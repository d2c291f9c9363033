"""Pages of products similar to one product."""

from dataclasses import replace
from functools import cached_property

from recommender import explanations, profiles, reranking
from recommender.entities import NO_FREQUENCY, Mask, Rows, Scored
from recommender.explanations import Explainer
from recommender.pages.candidates import ScoredCandidates, score_candidates
from recommender.pages.page import Page, PageSpec, Source
from recommender.pages.popular import popular_page
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot

SIMILAR = "similar"


class SimilarItems:
    """Products similar to one product.

    They are the recommendations for a history of this product alone.
    """

    def __init__(self, snapshot: Snapshot, row: int, stages: StageObserver, *, beyond: int) -> None:
        """Finds products similar to the one in `row`.

        `beyond` is the number of items on earlier pages.
        """
        self._snapshot = snapshot
        self._row = row
        self._stages = stages
        self._beyond = beyond
        self._history = profiles.single_product(row)

    def page(self, spec: PageSpec) -> Page:
        """Similar products, then popular ones, those of the product's own category first."""
        similar = Page.scored(SIMILAR, self._similar(spec), Source.PRODUCT)
        near = similar.followed_by(self._popular(spec.narrowed(self.same_category), similar.rows))
        return near.followed_by(self._popular(spec, near.rows))

    def same_category(self, rows: Rows) -> Mask:
        """Marks `rows` of the product's own category. Shape (len(rows),)."""
        codes = self._snapshot.columns.category_codes
        same: Mask = (codes[rows] >= 0) & (codes[rows] == codes[self._row])
        return same

    def explainer(self) -> Explainer:
        """Explains similar products by the product itself."""
        reason = explanations.similar_reason(self._snapshot, self._row)
        by_history = explanations.history_explainer(
            self._snapshot, self._history, NO_FREQUENCY, lambda ids: {}
        )
        return replace(by_history, reasons=lambda rows: [reason] * len(rows))

    @cached_property
    def _candidates(self) -> ScoredCandidates:
        if self._row >= self._snapshot.indexed:
            return ScoredCandidates.none()
        return score_candidates(
            self._snapshot, self._history, NO_FREQUENCY, self._stages, beyond=self._beyond
        )

    def _similar(self, spec: PageSpec) -> Scored:
        ranked = self._candidates.select(spec, self._stages)
        with self._stages.stage("reranking"):
            return reranking.rerank(
                self._snapshot,
                ranked.without_noise(spec.limit + 1),
                spec.limit,
                spec.diversity,
                bought=self._history.rows,
                earlier=spec.earlier,
            )

    def _popular(self, spec: PageSpec, shown: Rows) -> Page:
        return popular_page(spec, self._stages, shown=shown, bought=self._history.rows)
