"""Pages of products that a shopper would take instead of one product."""

from functools import cached_property

import numpy as np

from recommender import explanations, reranking
from recommender.arrays import NO_ROWS, Mask, Rows
from recommender.entities import Reason, Scored
from recommender.explanations import Explainer
from recommender.pages.page import Page, PageSpec, Source
from recommender.pages.popular import popular_page
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot
from recommender.snapshot.alternatives import Likeness

SIMILAR = "similar"


class SimilarItems:
    """Products similar to one product: its alternatives, which the indexer found."""

    def __init__(self, snapshot: Snapshot, row: int, stages: StageObserver) -> None:
        """Reads the alternatives of the product in `row`."""
        self._snapshot = snapshot
        self._row = row
        self._stages = stages
        self._places = snapshot.alternatives.places(row)

    def page(self, spec: PageSpec) -> Page:
        """Alternatives, then popular products, those of the product's own category first."""
        near = self._similar(spec)
        if len(near) < spec.limit:
            near = near.followed_by(
                self._popular(spec.narrowed(self.same_category), near.rows, Source.CATEGORY)
            )
        return near.followed_by(self._popular(spec, near.rows, Source.POPULAR))

    def same_category(self, rows: Rows) -> Mask:
        """Marks `rows` of the product's own category. Shape (len(rows),)."""
        codes = self._snapshot.distinguishing_categories
        same: Mask = (codes[rows] >= 0) & (codes[rows] == codes[self._row])
        return same

    def explainer(self) -> Explainer:
        """Explains alternatives by how they are like the product."""

        def reasons(rows: Rows) -> list[Reason]:
            kinds = {row: self._kinds[row] for row in rows.tolist()}
            return explanations.likeness_reasons(self._snapshot, self._row, kinds)

        own_id = self._snapshot.product_id(self._row)
        return Explainer(reasons, explanations.single_term("similarity", own_id))

    def category_explainer(self) -> Explainer:
        """Explains popular products of the own category."""

        def reasons(rows: Rows) -> list[Reason]:
            kinds = dict.fromkeys(rows.tolist(), Likeness.CATEGORY)
            return explanations.likeness_reasons(self._snapshot, self._row, kinds)

        return Explainer(reasons, explanations.single_term("popularity"))

    @cached_property
    def _kinds(self) -> dict[int, int]:
        found = self._snapshot.alternatives
        return dict(zip(found.rows[self._places].tolist(), found.kinds[self._places].tolist(), strict=True))

    def _similar(self, spec: PageSpec) -> Page:
        found = self._snapshot.alternatives
        rows, scores = found.rows[self._places], found.scores[self._places]
        with self._stages.stage("filtering"):
            allowed = np.flatnonzero(spec.item_filter.allows(rows))
            rows, scores = rows[allowed], scores[allowed]
        with self._stages.stage("reranking"):
            ranked = reranking.diversify(self._snapshot, Scored(rows, scores), spec.limit, spec.diversity)
            order = reranking.cap_texts(self._snapshot, self._row, ranked.rows, spec.limit)[: spec.limit]
        return Page.of(SIMILAR, ranked.rows[order], ranked.scores[order], Source.PRODUCT)

    def _popular(self, spec: PageSpec, shown: Rows, source: int) -> Page:
        page = popular_page(spec, self._stages, shown=shown, bought=NO_ROWS)
        return Page.of(page.strategy, page.rows, page.scores, source)
