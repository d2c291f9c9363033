"""Products that the shopper ignored repeatedly."""

import pytest

from recommender.entities import Filters, Interaction, Profile, Query
from recommender.profiles import FATIGUE_IMPRESSIONS, KIND_WEIGHTS, fatigued_rows
from recommender.snapshot import Snapshot
from tests.support.builders.core_requests import DAY, resolved
from tests.support.builders.small_snapshots import random_weights, snapshot_of
from tests.unit.recommender.profiles.recommending import recommend, shown

PRODUCTS = 40


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return snapshot_of(
        random_weights(30), extra=10, categories=[f"Shelf {row % 9}" for row in range(PRODUCTS)]
    )


def impressions(product_id: str, times: int, at: float = 10 * DAY) -> list[Interaction]:
    return [Interaction(product_id, at + number, "impression") for number in range(times)]


def test_fatigued_product_is_left_out_until_a_stronger_action(snapshot: Snapshot) -> None:
    history = Interaction("p0", 0.0)
    first = shown(recommend(snapshot, history))[0]
    assert shown(recommend(snapshot, history, *impressions(first, FATIGUE_IMPRESSIONS - 1)))[0] == first
    ignored = impressions(first, FATIGUE_IMPRESSIONS)
    assert first not in shown(recommend(snapshot, history, *ignored))
    for kind in KIND_WEIGHTS:
        engaged = Interaction(first, 11 * DAY, kind)
        profile = Profile("u", (history, *ignored, engaged))
        assert fatigued_rows(profile.interactions, resolved(snapshot)).tolist() == []
        again = Profile("u", (history, *ignored, engaged, *impressions(first, FATIGUE_IMPRESSIONS, 12 * DAY)))
        assert len(fatigued_rows(again.interactions, resolved(snapshot))) == 1


def test_fatigued_products_are_shown_last_if_nothing_else_fits(snapshot: Snapshot) -> None:
    history = Interaction("p0", 0.0)
    ignored = [one for row in (3, 12, 21) for one in impressions(f"p{row}", 5)]
    answer = recommend(snapshot, history, *ignored, query=Query(100))
    assert set(shown(answer)[-3:]) == {"p3", "p12", "p21"}
    assert len(shown(answer)) == len(set(shown(answer))) == PRODUCTS - 1
    full = recommend(snapshot, history, *ignored, query=Query(PRODUCTS - 4))
    assert not {"p3", "p12", "p21"} & set(shown(full))
    assert full.more
    narrow = Query(2, Filters(categories=("Shelf 3",), exclude=frozenset({"p30", "p39"})))
    assert set(shown(recommend(snapshot, history, *ignored, query=narrow))) == {"p3", "p12"}
    assert "p3" not in shown(recommend(snapshot, *ignored, Interaction("p3", 1.0, "hide"), query=Query(100)))
