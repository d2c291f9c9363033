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


def asked(
    snapshot: Snapshot,
    *interactions: Interaction,
    query: Query = TWENTY,
    preferences: Preferences | None = None,
) -> Answer:
    profile = Profile("u", interactions, preferences or Preferences())
    return for_you(snapshot, unchanged(snapshot), profile, query, STAGES)


def shown(answer: Answer) -> list[str]:
    return [item.product_id for item in answer.items]


def seen(product_id: str, times: int, at: float = 10 * DAY) -> list[Interaction]:
    return [Interaction(product_id, at + number, "impression") for number in range(times)]


def test_viewed_product_is_recommended_and_named_in_reasons(snapshot: Snapshot) -> None:
    answer = asked(snapshot, Interaction("p0", 0.0, "view"), query=Query(100))
    assert answer.strategy == "personalised"
    assert answer.items[0].reason.code == "because_you_looked_at"
    assert answer.items[0].reason.text == "Because you looked at Product p0"
    assert "p0" in shown(answer)
    assert "p0" not in shown(asked(snapshot, Interaction("p0", 0.0), query=Query(100)))


def test_impressions_alone_leave_the_shopper_unknown(snapshot: Snapshot) -> None:
    assert asked(snapshot, *seen("p0", 1)).strategy == "popular"


@pytest.mark.parametrize("include", [False, True])
def test_hidden_products_are_never_shown(snapshot: Snapshot, include: bool) -> None:
    query = Query(100, include_purchased=include)
    history = [Interaction(f"p{row}", 0.0) for row in (0, 1, 2)]
    hides = [Interaction("p3", 1.0, "hide"), Interaction("p1", 1.0, "hide")]
    for interactions in ([*history, *hides], hides):
        answer = asked(
            snapshot, *interactions, query=query, preferences=Preferences(hidden_products=("p5", "no"))
        )
        assert not {"p1", "p3", "p5"} & set(shown(answer))
        assert len(answer.items) >= PRODUCTS - 6


def test_fatigued_product_is_left_out_until_a_stronger_action(snapshot: Snapshot) -> None:
    history = Interaction("p0", 0.0)
    first = shown(asked(snapshot, history))[0]
    assert shown(asked(snapshot, history, *seen(first, FATIGUE_IMPRESSIONS - 1)))[0] == first
    sunk = seen(first, FATIGUE_IMPRESSIONS)
    assert first not in shown(asked(snapshot, history, *sunk))
    for kind in KIND_WEIGHTS:
        cared = Interaction(first, 11 * DAY, kind)
        profile = Profile("u", (history, *sunk, cared))
        assert fatigued_rows(profile.interactions, resolved(snapshot)).tolist() == []
        again = Profile("u", (history, *sunk, cared, *seen(first, FATIGUE_IMPRESSIONS, 12 * DAY)))
        assert len(fatigued_rows(again.interactions, resolved(snapshot))) == 1


def test_fatigued_products_are_shown_last_if_nothing_else_fits(snapshot: Snapshot) -> None:
    history = Interaction("p0", 0.0)
    sunk = [one for row in (3, 12, 21) for one in seen(f"p{row}", 5)]
    answer = asked(snapshot, history, *sunk, query=Query(100))
    assert set(shown(answer)[-3:]) == {"p3", "p12", "p21"}
    assert len(shown(answer)) == len(set(shown(answer))) == PRODUCTS - 1
    full = asked(snapshot, history, *sunk, query=Query(PRODUCTS - 4))
    assert not {"p3", "p12", "p21"} & set(shown(full))
    assert full.more
    narrow = Query(2, Filters(categories=("Shelf 3",), exclude=frozenset({"p30", "p39"})))
    assert set(shown(asked(snapshot, history, *sunk, query=narrow))) == {"p3", "p12"}
    assert "p3" not in shown(asked(snapshot, *sunk, Interaction("p3", 1.0, "hide"), query=Query(100)))


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
    items = shown(asked(snapshot, *profile, query=Query(limit, include_purchased=include)))
    barred = {one.product_id for one in profile if one.kind == "hide"}
    if not include:
        barred |= {one.product_id for one in profile if one.kind == "purchase"}
    assert not barred & set(items)
    assert len(items) == len(set(items)) == min(limit, PRODUCTS - len(barred - {"unknown"}))
