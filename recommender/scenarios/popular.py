"""Popular products."""

from recommender import explanations
from recommender.entities import Answer, Query
from recommender.pages.answers import build_answer
from recommender.pages.backfill import fill_page
from recommender.pages.page import Page, PageSpec, Source
from recommender.pages.popular import popular_page
from recommender.pages.remaining import with_more
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.lookups import ResolvedIds


def popular(snapshot: Snapshot, corrections: Corrections, query: Query, stages: StageObserver) -> Answer:
    """Products with the most buyers in the query's window."""
    spec = PageSpec.of(snapshot, corrections, query, ResolvedIds(snapshot.lookup))
    explainers = {Source.POPULAR: explanations.popular_explainer(snapshot, query.window)}

    def make_page(spec: PageSpec) -> Page:
        return with_more(spec, popular_page(spec, stages, window=query.window))

    page = fill_page(make_page(spec), query, spec, make_page)
    return build_answer(query, snapshot, page, explainers, stages)
