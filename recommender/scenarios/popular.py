"""Popular products."""

from recommender import explanations
from recommender.entities import Answer, Query
from recommender.pages.answers import build_answer
from recommender.pages.backfill import fill_page, popular_page, with_more
from recommender.pages.page import PageSpec, Source
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import ResolvedIds
from recommender.snapshot.overlay import Corrections


def popular(snapshot: Snapshot, corrections: Corrections, query: Query, stages: StageObserver) -> Answer:
    """Products with the most buyers in the popularity window."""
    spec = PageSpec.of(snapshot, corrections, query, ResolvedIds(snapshot.lookup))
    page = fill_page(
        query, spec, lambda spec: with_more(snapshot, spec, popular_page(snapshot, spec, stages))
    )
    explainers = {Source.POPULAR: explanations.popular_explainer(snapshot)}
    return build_answer(snapshot, page, explainers, stages, explain=query.explain)
