"""Products that the shopper hid."""

import pytest

from recommender.entities import Interaction, Preferences, Profile, Query
from recommender.scenarios.for_you import for_you
from tests.support.builders.core_requests import STAGES, ids, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of

PRODUCTS = 40
SNAPSHOT = snapshot_of(
    random_weights(30), extra=10, categories=[f"Shelf {row % 9}" for row in range(PRODUCTS)]
)


@pytest.mark.parametrize("include", [False, True])
def test_hidden_products_are_never_shown(include: bool) -> None:
    query = Query(100, include_purchased=include)
    history = tuple(Interaction(f"p{row}", 0.0) for row in (0, 1, 2))
    hides = (Interaction("p3", 1.0, "hide"), Interaction("p1", 1.0, "hide"))
    for interactions in ((*history, *hides), hides):
        profile = Profile("u", interactions, Preferences(hidden_products=("p5", "no")))
        answer = for_you(SNAPSHOT, unchanged(SNAPSHOT), profile, query, STAGES)
        assert not {"p1", "p3", "p5"} & set(ids(answer))
        assert len(answer.items) >= PRODUCTS - 6
