"""Products similar to one product."""

import numpy as np

from recommender import explanations
from recommender.entities import Answer, Query
from recommender.pages.answers import build_answer
from recommender.pages.page import PageSpec, Source
from recommender.pages.remaining import with_more
from recommender.pages.similar_items import SimilarItems
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import ResolvedIds
from recommender.snapshot.overlay import Corrections


def similar(
    snapshot: Snapshot, corrections: Corrections, row: int, query: Query, stages: StageObserver
) -> Answer:
    """Products similar to the one in `row`, then popular ones.

    Of the popular products, those of its own category come first.
    """
    own = np.array([row], dtype=np.int32)
    spec = PageSpec.of(snapshot, corrections, query, ResolvedIds(snapshot.lookup), own)
    items = SimilarItems(snapshot, row, stages, beyond=len(spec.earlier))
    explainers = {
        Source.PRODUCT: items.explainer(),
        Source.POPULAR: explanations.popular_explainer(snapshot),
    }
    return build_answer(query, spec, lambda spec: with_more(spec, items.page(spec)), explainers, stages)
