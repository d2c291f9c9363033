"""Kinds of interactions: their reasons, hidden products, fatigue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.entities import Answer, Filters, Interaction, Preferences, Profile, Query
from recommender.profiles import FATIGUE_IMPRESSIONS, KIND_WEIGHTS, fatigued_rows
from recommender.scenarios.for_you import for_you
from recommender.snapshot import Snapshot
from tests.support.builders.core_requests import DAY, STAGES, resolved, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of

PRODUCTS = 40


TWENTY = Query(20)


KINDS = ("purchase", "cart", "click", "view", "impression", "hide")


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return snapshot_of(
        random_weights(30), extra=10, categories=[f"Shelf {row % 9}" for row in range(PRODUCTS)]
    )


def recommend(
    snapshot: Snapshot,
    *interactions: Interaction,
    query: Query = TWENTY,
    preferences: Preferences | None = None,
) -> Answer:
    profile = Profile("u", interactions, preferences or Preferences())
    return for_you(snapshot, unchanged(snapshot), profile, query, STAGES)


def shown(answer: Answer) -> list[str]:
    return [item.product_id for item in answer.items]


def impressions(product_id: str, times: int, at: float = 10 * DAY) -> list[Interaction]:
    return [Interaction(product_id, at + number, "impression") for number in range(times)]


def test_viewed_product_is_recommended_and_named_in_reasons(snapshot: Snapshot) -> None:
    answer = recommend(snapshot, Interaction("p0", 0.0, "view"), query=Query(100))
    assert answer.strategy == "personalised"
    assert answer.items[0].reason.code == "because_you_looked_at"
    assert answer.items[0].reason.text == "Because you looked at Product p0"
    assert "p0" in shown(answer)
    assert "p0" not in shown(recommend(snapshot, Interaction("p0", 0.0), query=Query(100)))


def test_impressions_alone_leave_the_shopper_unknown(snapshot: Snapshot) -> None:
    assert recommend(snapshot, *impressions("p0", 1)).strategy == "popular"


@pytest.mark.parametrize("include", [False, True])
def test_hidden_products_are_never_shown(snapshot: Snapshot, include: bool) -> None:
    query = Query(100, include_purchased=include)
    history = [Interaction(f"p{row}", 0.0) for row in (0, 1, 2)]
    hides = [Interaction("p3", 1.0, "hide"), Interaction("p1", 1.0, "hide")]
    for interactions in ([*history, *hides], hides):
        answer = recommend(
            snapshot, *interactions, query=query, preferences=Preferences(hidden_products=("p5", "no"))
        )
        assert not {"p1", "p3", "p5"} & set(shown(answer))
        assert len(answer.items) >= PRODUCTS - 6


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


interactions = st.builds(
    Interaction,
    st.sampled_from([*(f"p{row}" for row in range(PRODUCTS)), "unknown"]),
    st.floats(0, 4e9),
    st.sampled_from(KINDS),
)


@given(st.lists(interactions, max_size=60), st.integers(1, 100), st.booleans())
def test_any_profile_gets_a_full_page_without_banned_products(
    snapshot: Snapshot, profile: list[Interaction], limit: int, include: bool
) -> None:
    items = shown(recommend(snapshot, *profile, query=Query(limit, include_purchased=include)))
    banned = {one.product_id for one in profile if one.kind == "hide"}
    if not include:
        banned |= {one.product_id for one in profile if one.kind == "purchase"}
    assert not banned & set(items)
    assert len(items) == len(set(items)) == min(limit, PRODUCTS - len(banned - {"unknown"}))
