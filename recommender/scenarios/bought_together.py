"""Products that are bought together with one product."""

import numpy as np

from recommender import explanations
from recommender.entities import Answer, Query, Reason, Rows
from recommender.explanations import Explainer
from recommender.pages.answers import build_answer
from recommender.pages.page import Page, PageSpec, Source
from recommender.pages.popular import fill_with_popular
from recommender.pages.similar_items import SIMILAR, SimilarItems
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import ResolvedIds
from recommender.snapshot.overlay import Corrections

BOUGHT_TOGETHER = "bought-together"

_SIMILAR_PER_PLACE = 3
"""Similar products per missing place: those of the product's own category are no complements and are dropped."""


def bought_together(
    snapshot: Snapshot, corrections: Corrections, row: int, query: Query, stages: StageObserver
) -> Answer:
    """Complements of the product in `row`, best first.

    Similar products of other categories fill up a short page, then popular products.
    """
    own = np.array([row], dtype=np.int32)
    spec = PageSpec.of(snapshot, corrections, query, ResolvedIds(snapshot.lookup), own)
    similar = SimilarItems(snapshot, row, stages, beyond=len(spec.earlier))
    places = snapshot.complements.places(row)
    rows, scores = snapshot.complements.rows[places], snapshot.complements.scores[places]

    def make_page(spec: PageSpec) -> Page:
        wanted = spec.resized(spec.limit + 1)
        with stages.stage("filtering"):
            chosen = np.flatnonzero(wanted.item_filter.allows(rows))[: wanted.limit]
        page = Page.of(BOUGHT_TOGETHER, rows[chosen], scores[chosen], Source.COMPLEMENT)
        if len(page) < wanted.limit:
            page = page.followed_by(_related(similar, wanted.rest(page.rows)))
        return fill_with_popular(page, wanted, stages).cut(spec.limit)

    explainers = {
        Source.COMPLEMENT: _explainer(snapshot, row),
        Source.PRODUCT: similar.explainer(),
        Source.POPULAR: explanations.popular_explainer(snapshot),
    }
    return build_answer(query, spec, make_page, explainers, stages)


def _related(similar: SimilarItems, spec: PageSpec) -> Page:
    """Similar products of other categories than the product's own. Empty if nothing is similar."""
    page = similar.page(spec.resized(spec.limit * _SIMILAR_PER_PLACE))
    if page.strategy != SIMILAR:
        return Page.empty(SIMILAR)
    return page.take(~similar.same_category(page.rows)).take(slice(spec.limit))


def _explainer(snapshot: Snapshot, row: int) -> Explainer:
    places = snapshot.complements.places(row)
    complements = snapshot.complements.rows[places].tolist()
    buyers = dict(zip(complements, snapshot.complements.buyers[places].tolist(), strict=True))

    def reasons(rows: Rows) -> list[Reason]:
        return [
            explanations.bought_together_reason(snapshot, row, buyers[complement])
            for complement in rows.tolist()
        ]

    return Explainer(reasons, explanations.single_term("bought_together"))
