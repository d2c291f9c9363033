"""Products similar to one product."""

import numpy as np

from recommender import explanations
from recommender.entities import Answer, Query
from recommender.pages.answers import build_answer
from recommender.pages.backfill import fill_page
from recommender.pages.page import Page, PageSpec, Source
from recommender.pages.remaining import with_more
from recommender.pages.similar_items import SimilarItems
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.lookups import ResolvedIds


def similar(
    snapshot: Snapshot, corrections: Corrections, row: int, query: Query, stages: StageObserver
) -> Answer:
    """Products that a shopper would take instead of the one in `row`.

    The indexer found them, see `indexer.statistics.alternatives`. Popular products fill up a short page, those of
    its own category first.
    """
    own = np.array([row], dtype=np.int32)
    spec = PageSpec.of(snapshot, corrections, query, ResolvedIds(snapshot.lookup), own)
    items = SimilarItems(snapshot, row, stages)
    explainers = {
        Source.PRODUCT: items.explainer(),
        Source.CATEGORY: items.category_explainer(),
        Source.POPULAR: explanations.popular_explainer(snapshot),
    }

    def make_page(spec: PageSpec) -> Page:
        return with_more(spec, items.page(spec))

    page = fill_page(make_page(spec), query, spec, make_page)
    return build_answer(query, snapshot, page, explainers, stages)
