"""New arrivals."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.entities import (
    Answer,
    Filters,
    Interaction,
    Preferences,
    Profile,
    Query,
)
from recommender.product_ids import short_hash
from recommender.scenarios.new_arrivals import new_arrivals
from tests.support.builders.core_requests import DAY, STAGES, ids, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of

NOW = 20_000 * DAY + DAY / 2


def test_new_products_are_listed_newest_first() -> None:
    snapshot = snapshot_of(random_weights(4), created_at=[1e9, np.nan, 1.7e9, 1.6e9])
    answer = new_arrivals(snapshot, unchanged(snapshot), Query(9), STAGES)
    assert (answer.strategy, ids(answer)) == ("new", ["p2", "p3", "p0"])
    assert answer.items[0].reason.text == "New since 2023-11-14"
    assert answer.items[0].score == 1.7e9


def test_sizes_of_a_new_product_do_not_fill_the_list() -> None:
    snapshot = snapshot_of(random_weights(8), variants=[7] * 5 + [1, 2, 3], created_at=[*range(8, 0, -1)])

    def new(limit: int, *shown: str) -> Answer:
        query = Query(limit, shown=tuple(map(short_hash, shown)))
        return new_arrivals(snapshot, unchanged(snapshot), query, STAGES)

    first = new(3)
    assert (ids(first), first.more) == (["p0", "p5", "p6"], True)
    assert ids(new(3, *ids(first))) == ["p1", "p2", "p7"]
    assert ids(new(9)) == [f"p{row}" for row in range(8)]


def test_preferred_categories_come_first_among_new_products() -> None:
    snapshot = snapshot_of(
        random_weights(6),
        categories=["A", "B", "C > D", "A", "B", "C > D"],
        created_at=[6.0, 5.0, 4.0, 3.0, 2.0, 1.0],
    )
    corrections = unchanged(snapshot)

    def new(profile: Profile, query: Query | None = None) -> Answer:
        seen = replace(query or Query(9), viewer=profile, include_purchased=True)
        return new_arrivals(snapshot, corrections, seen, STAGES)

    bought = (Interaction("p4", NOW), Interaction("p0", NOW, "view"))
    assert ids(new(Profile("u", bought))) == ["p1", "p4", "p0", "p2", "p3", "p5"]
    likes = Preferences(liked_categories=("c",), disliked_categories=("B",), hidden_products=("p2", "p3"))
    answer = new(Profile("u", bought, likes), Query(9, explain=True))
    assert ids(answer) == ["p5", "p0", "p1", "p4"]
    assert [item.score for item in answer.items] == [7.0, 6.0, 5.0, 2.0]
    assert [[term.name for term in item.terms] for item in answer.items] == [
        ["created_at", "preferred_category"],
        *[["created_at"]] * 3,
    ]
    assert all(sum(term.value for term in item.terms) == item.score for item in answer.items)
    page = new(Profile("u", bought), Query(3))
    assert (ids(page), page.more) == (["p1", "p4", "p0"], True)
    narrow = Filters(categories=("C",))
    assert ids(new(Profile("u", bought), Query(9, narrow))) == ["p2", "p5"]
    widened = new(Profile("u", bought), Query(4, narrow, strict_filtering=False))
    assert ids(widened) == ["p2", "p5", "p1", "p4"]


@given(
    st.lists(st.sampled_from(["", "A", "A > B", "C"]), min_size=8, max_size=8),
    st.lists(st.one_of(st.just(np.nan), st.floats(1, 1e9)), min_size=8, max_size=8),
    st.sets(st.integers(0, 7)),
    st.integers(1, 9),
)
def test_new_products_are_ordered_by_their_scores(
    categories: list[str], created: list[float], bought: set[int], limit: int
) -> None:
    snapshot = snapshot_of(random_weights(8), categories=categories, created_at=created)
    profile = Profile("u", tuple(Interaction(f"p{row}", NOW) for row in bought))
    query = Query(limit, viewer=profile)
    answer = new_arrivals(snapshot, unchanged(snapshot), query, STAGES)
    scores = [item.score for item in answer.items]
    assert scores == sorted(scores, reverse=True)
    own = {categories[row] for row in bought} - {""}
    shown = [int(item.product_id[1:]) for item in answer.items]
    aged = [row for row in range(8) if not np.isnan(created[row]) and row not in bought]
    assert [categories[row] in own for row in shown] == sorted(
        (categories[row] in own for row in aged), reverse=True
    )[:limit]
    assert answer.more == (len(aged) > limit)
