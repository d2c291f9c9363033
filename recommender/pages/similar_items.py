"""Pages of products similar to one product."""

from dataclasses import replace
from functools import cached_property

from recommender import explanations, profiles, reranking
from recommender.entities import Mask, Rows, Scored
from recommender.explanations import Explainer
from recommender.pages.backfill import popular_page
from recommender.pages.page import Page, PageSpec, Source
from recommender.pages.pipeline import ScoredCandidates, score_candidates
from recommender.pages.shopper_state import NO_FREQUENCY
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot

SIMILAR = "similar"


class SimilarItems:
    """Products similar to one product.

    They are the recommendations for a history of this product alone. Candidates are generated and scored on
    first use, once for all pages.
    """

    def __init__(self, snapshot: Snapshot, row: int, stages: StageObserver) -> None:
        """Finds products similar to the one in `row` of `snapshot`."""
        self._snapshot = snapshot
        self._row = row
        self._stages = stages
        self._history = profiles.single_product(row)
        self._candidates: ScoredCandidates | None = None

    def page(self, spec: PageSpec) -> Page:
        """Similar products, then popular ones, those of the product's own category first."""
        similar = Page.scored(SIMILAR, self._similar(spec), Source.PRODUCT)
        in_category = replace(spec, item_filter=spec.item_filter.narrowed(self.same_category))
        near = similar.followed_by(self._popular(in_category, similar.rows))
        return near.followed_by(self._popular(spec, near.rows))

    def same_category(self, rows: Rows) -> Mask:
        """Marks `rows` of the product's own category. Shape (len(rows),)."""
        codes = self._snapshot.columns.category_codes
        same: Mask = (codes[rows] >= 0) & (codes[rows] == codes[self._row])
        return same

    @cached_property
    def explainer(self) -> Explainer:
        """Explains similar products by the product itself."""
        reason = explanations.similar_reason(self._snapshot, self._row)
        by_history = explanations.history_explainer(
            self._snapshot, self._history, NO_FREQUENCY, lambda ids: {}
        )
        return replace(by_history, reasons=lambda rows: [reason] * len(rows))

    def _similar(self, spec: PageSpec) -> Scored:
        nothing = self._history.rows[:0]
        if self._row >= self._snapshot.indexed:
            return Scored(nothing, self._history.weights[:0])
        if self._candidates is None:
            self._candidates = score_candidates(
                self._snapshot, self._history, NO_FREQUENCY, self._stages, beyond=len(spec.earlier)
            )
        ranked = self._candidates.select(spec.item_filter, spec.limit + 1, self._stages)
        with self._stages.stage("reranking"):
            return reranking.rerank(
                self._snapshot,
                ranked.evidence(spec.limit + 1),
                spec.limit,
                spec.diversity,
                bought=self._history.rows,
                shown=nothing,
                earlier=spec.earlier,
            )

    def _popular(self, spec: PageSpec, shown: Rows) -> Page:
        return popular_page(self._snapshot, spec, self._stages, shown=shown, bought=self._history.rows)
