"""Products that sell better than usual."""

from recommender import explanations, reranking
from recommender.entities import Answer, Query
from recommender.explanations import Explainer
from recommender.pages.answers import build_answer
from recommender.pages.backfill import fill_page
from recommender.pages.candidates import OVERSAMPLE
from recommender.pages.page import Page, PageSpec, Source
from recommender.pages.popular import fill_with_popular
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.lookups import ResolvedIds

TRENDING = "trending"

MIN_RATIO = 1.2
"""Smallest ratio of recent to usual demand on the list. "Sells 1 times as well as usual" is no news."""


def trending(snapshot: Snapshot, corrections: Corrections, query: Query, stages: StageObserver) -> Answer:
    """Products that sell better than usual, largest gain first, then popular ones."""
    trends = snapshot.trends(query.window)
    rising = trends.rows[trends.ratios[trends.rows] >= MIN_RATIO]

    def make_page(spec: PageSpec) -> Page:
        wanted = spec.resized(spec.limit + 1)
        with stages.stage("filtering"):
            largest = wanted.resized(wanted.limit * OVERSAMPLE).first_allowed(rising)
            rows = reranking.first_of_texts(snapshot, largest, spec.limit)
        page = Page.of(TRENDING, rows, trends.ratios[rows], Source.TREND)
        return fill_with_popular(page, wanted, stages).cut(spec.limit)

    spec = PageSpec.of(snapshot, corrections, query, ResolvedIds(snapshot.lookup))
    explainers = {
        Source.TREND: Explainer(
            lambda rows: [
                explanations.trending_reason(ratio, trends.days) for ratio in trends.ratios[rows].tolist()
            ],
            explanations.single_term("trend"),
        ),
        Source.POPULAR: explanations.popular_explainer(snapshot),
    }
    page = fill_page(make_page(spec), query, spec, make_page)
    return build_answer(query, snapshot, page, explainers, stages)
