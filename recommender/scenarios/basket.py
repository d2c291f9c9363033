"""Recommendations that go with a basket."""

from recommender.entities import Answer, Profile, Query, SessionContext
from recommender.pages.personal import personal_answer
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections


def basket(
    snapshot: Snapshot,
    corrections: Corrections,
    profile: Profile,
    query: Query,
    stages: StageObserver,
    session: SessionContext,
) -> Answer:
    """Products that complete the basket of `session`, then personal recommendations.

    See `pages.basket_items`. Products of the basket's own leaf categories fill at most a third of the personal
    recommendations, see `reranking.BasketCategoryCap`.
    """
    return personal_answer(snapshot, corrections, profile, query, stages, session, completes_basket=True)
