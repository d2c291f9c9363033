"""Personal recommendations for a few interactions, and the ids they show."""

from recommender.entities import Answer, Interaction, Profile, Query
from recommender.scenarios.for_you import for_you
from recommender.snapshot import Snapshot
from tests.support.builders.core_requests import STAGES, unchanged

TWENTY = Query(20)


def recommend(
    snapshot: Snapshot,
    *interactions: Interaction,
    query: Query = TWENTY,
) -> Answer:
    """Recommends for a shopper with these interactions."""
    profile = Profile("u", interactions)
    return for_you(snapshot, unchanged(snapshot), profile, query, STAGES)


def shown(answer: Answer) -> list[str]:
    """Ids of the answer's products, best first."""
    return [item.product_id for item in answer.items]
