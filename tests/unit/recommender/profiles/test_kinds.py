"""Kinds of interactions: what they weigh, and what they keep from being shown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telemetry import SilentStages
from recommender.entities import Answer, Filters, Interaction, Preferences, Profile, Query
from recommender.pages import pipeline
from recommender.profiles import IMPRESSIONS_TO_SINK, KIND_WEIGHTS, history_of, sunk_rows
from recommender.snapshot import Snapshot
from recommender.snapshot.overlay import Corrections, Overlay
from tests.support.builders.small_snapshots import random_weights, snapshot_of

DAY = 86_400.0
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
    return pipeline.recommend(snapshot, Corrections.of(Overlay(), snapshot), profile, query, SilentStages())


def shown(answer: Answer) -> list[str]:
    return [item.product_id for item in answer.items]


def seen(product_id: str, times: int, at: float = 10 * DAY) -> list[Interaction]:
    return [Interaction(product_id, at + number, "impression") for number in range(times)]


def test_kinds_weigh_less_than_a_purchase_in_their_order(snapshot: Snapshot) -> None:
    same_day = [Interaction(f"p{row}", 0.0, kind) for row, kind in enumerate(KINDS)]
    history = history_of(Profile("u", tuple(same_day)), snapshot)
    assert history.rows.tolist() == [0, 1, 2, 3]
    expected = np.array([KIND_WEIGHTS[kind] for kind in KINDS[:4]])
    np.testing.assert_allclose(history.weights, expected / np.sqrt(expected.sum()), rtol=1e-6)
    assert history.known_rows.tolist() == [0]


def test_of_several_interactions_the_one_that_weighs_most_counts(snapshot: Snapshot) -> None:
    half_life = snapshot.parameters.half_life_days * DAY
    old_purchase = Interaction("p0", 0.0)
    cases = {
        1.0: 0.5,
        3.0: KIND_WEIGHTS["view"],
    }  # after one half-life the purchase still weighs more than a view
    for half_lives, expected in cases.items():
        view = Interaction("p0", half_lives * half_life, "view")
        other = Interaction("p1", half_lives * half_life)
        history = history_of(Profile("u", (old_purchase, view, other)), snapshot)
        weights = dict(zip(history.rows.tolist(), history.weights.tolist(), strict=True))
        assert weights[0] / weights[1] == pytest.approx(expected)
        assert history.known_rows.tolist() == [0, 1]


def test_what_was_only_looked_at_may_be_recommended_and_gives_its_own_reason(snapshot: Snapshot) -> None:
    answer = asked(snapshot, Interaction("p0", 0.0, "view"), query=Query(100))
    assert answer.strategy == "personalised"
    assert answer.items[0].reason.code == "because_you_looked_at"
    assert answer.items[0].reason.text == "Because you looked at Product p0"
    assert "p0" in shown(answer)
    assert "p0" not in shown(asked(snapshot, Interaction("p0", 0.0), query=Query(100)))


def test_impressions_alone_say_nothing_of_taste(snapshot: Snapshot) -> None:
    assert asked(snapshot, *seen("p0", 1)).strategy == "popular"


@pytest.mark.parametrize("include", [False, True])
def test_what_is_hidden_is_never_shown(snapshot: Snapshot, include: bool) -> None:
    query = Query(100, include_purchased=include)
    history = [Interaction(f"p{row}", 0.0) for row in (0, 1, 2)]
    hides = [Interaction("p3", 1.0, "hide"), Interaction("p1", 1.0, "hide")]
    for interactions in ([*history, *hides], hides):
        answer = asked(
            snapshot, *interactions, query=query, preferences=Preferences(hidden_products=("p5", "no"))
        )
        assert not {"p1", "p3", "p5"} & set(shown(answer))
        assert len(answer.items) >= PRODUCTS - 6


def test_what_was_passed_over_sinks_and_a_click_raises_it(snapshot: Snapshot) -> None:
    history = Interaction("p0", 0.0)
    first = shown(asked(snapshot, history))[0]
    assert shown(asked(snapshot, history, *seen(first, IMPRESSIONS_TO_SINK - 1)))[0] == first
    sunk = seen(first, IMPRESSIONS_TO_SINK)
    assert first not in shown(asked(snapshot, history, *sunk))
    for kind in KIND_WEIGHTS:
        cared = Interaction(first, 11 * DAY, kind)
        profile = Profile("u", (history, *sunk, cared))
        assert sunk_rows(profile, snapshot).tolist() == []
        again = Profile("u", (history, *sunk, cared, *seen(first, IMPRESSIONS_TO_SINK, 12 * DAY)))
        assert len(sunk_rows(again, snapshot)) == 1


def test_what_was_passed_over_is_shown_last_where_nothing_else_fits(snapshot: Snapshot) -> None:
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
def test_any_profile_gets_a_full_page_without_what_is_barred(
    snapshot: Snapshot, profile: list[Interaction], limit: int, include: bool
) -> None:
    items = shown(asked(snapshot, *profile, query=Query(limit, include_purchased=include)))
    barred = {one.product_id for one in profile if one.kind == "hide"}
    if not include:
        barred |= {one.product_id for one in profile if one.kind == "purchase"}
    assert not barred & set(items)
    assert len(items) == len(set(items)) == min(limit, PRODUCTS - len(barred - {"unknown"}))
