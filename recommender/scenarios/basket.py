"""Recommendations that go with a basket."""

from recommender.entities import Answer, Profile, Query, Rows, SessionContext
from recommender.pages.basket_items import BasketItems
from recommender.pages.personal import personal_answer
from recommender.pages.shopper_state import ShopperState
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot
from recommender.snapshot.overlay import Corrections


def basket(
    snapshot: Snapshot,
    corrections: Corrections,
    profile: Profile,
    query: Query,
    stages: StageObserver,
    session: SessionContext,
) -> Answer:
    """Products that complete the basket of `session`, then personal recommendations.

    See `BasketItems`. Of the personal recommendations, products of the basket's own leaf categories fill at most a
    third of the page; see `reranking.BasketCategoryCap`.
    """

    def lead_of(shopper: ShopperState, rows: Rows) -> BasketItems:
        return BasketItems(snapshot, rows, shopper.frequency, shopper.strategy, stages)

    return personal_answer(
        snapshot, corrections, profile, query, stages, session, session.basket, lead_of=lead_of
    )
