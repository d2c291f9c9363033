"""Products that are bought together with one product."""

import numpy as np

from recommender import explanations, reranking
from recommender.arrays import Rows
from recommender.entities import Answer, Query, Reason
from recommender.explanations import Explainer
from recommender.pages.answers import build_answer
from recommender.pages.backfill import fill_page
from recommender.pages.page import Page, PageSpec, Source
from recommender.pages.popular import fill_with_popular
from recommender.pages.related_items import RelatedItems
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot
from recommender.snapshot.alternatives import Likeness
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.lookups import ResolvedIds

BOUGHT_TOGETHER = "bought-together"

_MAX_STAND_INS = 8
"""Number of alternatives that are asked for complements in place of a product without any."""


def bought_together(
    snapshot: Snapshot, corrections: Corrections, row: int, query: Query, stages: StageObserver
) -> Answer:
    """Complements of the product in `row`, best first.

    A product without any, such as a new one, gets those of the alternative that is most like it. Products that the same
    shoppers buy fill up a short page, then popular products.
    """
    own = np.array([row], dtype=np.int32)
    spec = PageSpec.of(snapshot, corrections, query, ResolvedIds(snapshot.lookup), own)
    related = RelatedItems(snapshot, row, stages, beyond=len(spec.earlier))
    source = _with_complements(snapshot, row)
    places = snapshot.complements.places(source)
    rows, scores = snapshot.complements.rows[places], snapshot.complements.scores[places]

    def make_page(spec: PageSpec) -> Page:
        wanted = spec.resized(spec.limit + 1)
        with stages.stage("filtering"):
            chosen = np.flatnonzero(wanted.item_filter.allows(rows))
            chosen = chosen[reranking.cap_texts(snapshot, row, rows[chosen], spec.limit)[: wanted.limit]]
        page = Page.of(BOUGHT_TOGETHER, rows[chosen], scores[chosen], Source.COMPLEMENT)
        if len(page) < wanted.limit:
            page = page.followed_by(related.page(wanted.rest(page.rows)))
        return fill_with_popular(page, wanted, stages).cut(spec.limit)

    explainers = {
        Source.COMPLEMENT: _explainer(snapshot, source),
        Source.RELATED: related.explainer(),
        Source.POPULAR: explanations.popular_explainer(snapshot),
    }
    page = fill_page(make_page(spec), query, spec, make_page)
    return build_answer(query, snapshot, page, explainers, stages)


def _with_complements(snapshot: Snapshot, row: int) -> int:
    """The product itself, or its first alternative that has complements."""
    near = snapshot.alternatives
    places = near.places(row)
    alike = near.kinds[places] != Likeness.CLOSEST
    candidates = [row, *near.rows[places][alike][:_MAX_STAND_INS].tolist()]
    lengths = ((each, snapshot.complements.places(each)) for each in candidates)
    return next((each for each, own in lengths if own.stop > own.start), row)


def _explainer(snapshot: Snapshot, row: int) -> Explainer:
    places = snapshot.complements.places(row)
    complements = snapshot.complements.rows[places].tolist()
    buyers = dict(zip(complements, snapshot.complements.buyers[places].tolist(), strict=True))

    def reasons(rows: Rows) -> list[Reason]:
        joint_buyers = {complement: buyers[complement] for complement in rows.tolist()}
        return explanations.bought_together_reasons(snapshot, row, joint_buyers)

    return Explainer(reasons, explanations.single_term("bought_together", snapshot.product_id(row)))
