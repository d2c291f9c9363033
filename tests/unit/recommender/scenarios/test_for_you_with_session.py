"""Personal recommendations for a session, of guests and of known shoppers."""

import numpy as np
import pytest

from recommender.entities import (
    Answer,
    Interaction,
    Preferences,
    Profile,
    Query,
    SessionContext,
)
from recommender.scenarios.for_you import for_you
from recommender.snapshot import Snapshot
from tests.support.builders.core_requests import STAGES, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of

STRANGER = Profile("")


def did(kind: str, *products: str, at: float = 0.0) -> tuple[Interaction, ...]:
    return tuple(Interaction(product, at, kind) for product in products)


def recommend(
    snapshot: Snapshot, session: SessionContext, profile: Profile = STRANGER, query: Query | None = None
) -> Answer:
    return for_you(snapshot, unchanged(snapshot), profile, query or Query(12), STAGES, session)


def test_viewed_products_of_a_session_drive_its_recommendations() -> None:
    weights = np.zeros((4, 4), dtype=np.float32)
    weights[0, 2], weights[1, 3] = 0.9, 0.8
    snapshot = snapshot_of(weights, rank=3, titles=["Flour", "Salt", "Yeast", "Beer"])
    answer = recommend(snapshot, SessionContext(did("view", "p0")), query=Query(1))
    assert answer.strategy == "session"
    (item,) = answer.items
    assert (item.product_id, item.reason.code) == ("p2", "because_you_looked_at")
    assert item.reason.text == "Because you looked at Flour"


def test_session_and_profile_both_count() -> None:
    weights = np.zeros((5, 5), dtype=np.float32)
    weights[0, 3], weights[1, 4] = 0.5, 0.6
    snapshot = snapshot_of(weights, rank=4)
    answer = recommend(
        snapshot, SessionContext(did("view", "p0")), Profile("u", did("purchase", "p1")), Query(2)
    )
    assert answer.strategy == "personalised"
    assert {item.product_id: item.reason.code for item in answer.items} == {
        "p3": "because_you_looked_at",
        "p4": "because_you_bought",
    }


@pytest.mark.parametrize("include_purchased", [False, True])
def test_products_hidden_or_ignored_by_a_guest_are_not_shown(include_purchased: bool) -> None:
    snapshot = snapshot_of(random_weights(30, density=1.0), rank=5)
    query = Query(10, include_purchased=include_purchased)

    def shown(*more: Interaction) -> list[str]:
        session = SessionContext((*did("view", "p0"), *more))
        return [item.product_id for item in recommend(snapshot, session, query=query).items]

    first, second = shown()[:2]
    assert first not in shown(*did("hide", first))
    assert {first, second} <= set(shown(*did("impression", first) * 4))
    assert first not in shown(*did("impression", first) * 5)
    assert second in shown(*did("impression", first) * 5)


@pytest.mark.parametrize("by", ["event", "preferences", "session"])
def test_hidden_products_of_a_session_are_no_evidence(by: str) -> None:
    weights = np.zeros((5, 5), dtype=np.float32)
    weights[0, 3], weights[1, 4] = 0.9, 0.8
    snapshot = snapshot_of(weights, rank=4)
    hides = did("hide", "p0")
    preferences = Preferences(hidden_products=("p0",)) if by == "preferences" else Preferences()
    profile = Profile("u", hides if by == "event" else (), preferences)
    actions = (*did("click", "p0", "p1"), *(hides if by == "session" else ()), *did("view", "gone"))
    answer = recommend(snapshot, SessionContext(actions), profile, Query(2))
    first = answer.items[0]
    assert (first.product_id, first.reason.because) == ("p4", ("p1",))
    assert "p0" not in {item.product_id for item in answer.items}
    assert all("p0" not in item.reason.because for item in answer.items)
    assert answer.missing_ids == ("gone",)
