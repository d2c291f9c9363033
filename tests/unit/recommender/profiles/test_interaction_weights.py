"""Kinds of interactions: their effect on pages and reasons."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.entities import Interaction, Query
from recommender.snapshot import Snapshot
from tests.support.builders.small_snapshots import random_weights, snapshot_of
from tests.unit.recommender.profiles.recommending import recommend, shown

PRODUCTS = 40
KINDS = ("purchase", "cart", "click", "view", "impression", "hide")


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return snapshot_of(
        random_weights(30), extra=10, categories=[f"Shelf {row % 9}" for row in range(PRODUCTS)]
    )


def test_viewed_product_is_recommended_and_named_in_reasons(snapshot: Snapshot) -> None:
    answer = recommend(snapshot, Interaction("p0", 0.0, "view"), query=Query(100))
    assert answer.strategy == "personalised"
    assert answer.items[0].reason.code == "because_you_looked_at"
    assert answer.items[0].reason.text == "Because you looked at Product p0"
    assert "p0" in shown(answer)
    assert "p0" not in shown(recommend(snapshot, Interaction("p0", 0.0), query=Query(100)))


def test_impressions_alone_leave_the_shopper_unknown(snapshot: Snapshot) -> None:
    assert recommend(snapshot, Interaction("p0", 0.0, "impression")).strategy == "popular"


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
