"""Sessions, baskets and lists of the caller's own, against what the weights say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.telemetry import SilentStages
from recommender.entities import Answer, Filters, History, Interaction, Present, Profile, Query, Scored
from recommender.pages import pipeline
from recommender.profiles import KIND_WEIGHTS, history_of, joined
from recommender.reranking import OwnCategories
from recommender.scenarios.rankings import rank
from recommender.snapshot import Snapshot
from recommender.snapshot.overlay import Corrections, Overlay
from recommender.snapshot.tables import short_hash
from tests.support.builders.small_snapshots import random_weights, snapshot_of

STAGES = SilentStages()
STRANGER = Profile("")
LEAVES = [f"Shop > Leaf {row % 6}" for row in range(60)]


def did(kind: str, *products: str, at: float = 0.0) -> tuple[Interaction, ...]:
    return tuple(Interaction(product, at, kind) for product in products)


def basket(*products: str) -> Present:
    return Present(did("cart", *products), products)


def asked(
    snapshot: Snapshot, present: Present, profile: Profile = STRANGER, query: Query | None = None
) -> Answer:
    unchanged = Corrections.of(Overlay(), snapshot)
    return pipeline.recommend(snapshot, unchanged, profile, query or Query(12), STAGES, present)


def test_kinds_weigh_differently() -> None:
    snapshot = snapshot_of(random_weights(10))
    interactions = did("purchase", "p0") + did("cart", "p1") + did("click", "p2") + did("view", "p3")
    history = history_of(Profile("", interactions), snapshot)
    expected = np.array([KIND_WEIGHTS[kind] for kind in ("purchase", "cart", "click", "view")])
    np.testing.assert_allclose(history.weights, expected / np.sqrt(expected.sum()), rtol=1e-6)
    assert sorted(KIND_WEIGHTS.values(), reverse=True) == [1.0, 0.7, 0.4, 0.3]


def test_the_heaviest_of_several_interactions_counts() -> None:
    snapshot = snapshot_of(random_weights(10))
    both = Profile(
        "", did("view", "p0", at=10.0) + did("purchase", "p0", at=10.0) + did("view", "p0", at=10.0)
    )
    once = Profile("", did("purchase", "p0", at=10.0))
    assert history_of(both, snapshot).weights.tolist() == history_of(once, snapshot).weights.tolist()


def test_a_session_is_answered_from_what_it_looked_at() -> None:
    weights = np.zeros((4, 4), dtype=np.float32)
    weights[0, 2], weights[1, 3] = 0.9, 0.8
    snapshot = snapshot_of(weights, rank=3, titles=["Flour", "Salt", "Yeast", "Beer"])
    answer = asked(snapshot, Present(did("view", "p0")), query=Query(1))
    assert answer.strategy == "session"
    (item,) = answer.items
    assert (item.product_id, item.reason.code) == ("p2", "because_you_looked_at")
    assert item.reason.text == "Because you looked at Flour"


def test_the_present_counts_beside_the_past() -> None:
    weights = np.zeros((5, 5), dtype=np.float32)
    weights[0, 3], weights[1, 4] = 0.5, 0.6
    snapshot = snapshot_of(weights, rank=4)
    answer = asked(snapshot, Present(did("view", "p0")), Profile("u", did("purchase", "p1")), Query(2))
    assert answer.strategy == "personalised"
    assert {item.product_id: item.reason.code for item in answer.items} == {
        "p3": "because_you_looked_at",
        "p4": "because_you_bought",
    }


def test_joining_keeps_what_is_known_and_either_alone() -> None:
    def history(*rows: int) -> History:
        known = np.array(rows, dtype=np.int32)
        return History(known, np.ones(len(rows), np.float32), np.array([*rows, 9], dtype=np.int32))

    both = joined(history(1, 2), history(2, 3), share=0.75)
    assert dict(zip(both.rows.tolist(), both.weights.tolist(), strict=True)) == {1: 0.75, 2: 1.0, 3: 0.25}
    assert both.known_rows.tolist() == [1, 2, 3, 9]
    assert joined(history(), history(3)).weights.tolist() == [1.0]
    assert joined(history(3), history()).weights.tolist() == [1.0]


@settings(max_examples=60, deadline=None)
@given(
    inside=st.lists(st.integers(0, 59), min_size=1, max_size=6, unique=True),
    past=st.lists(st.integers(0, 59), max_size=6, unique=True),
    limit=st.integers(1, 30),
    include_purchased=st.booleans(),
)
def test_a_basket_gets_complements_on_every_page(
    inside: list[int], past: list[int], limit: int, include_purchased: bool
) -> None:
    snapshot = snapshot_of(random_weights(50), extra=10, categories=LEAVES)
    present = basket(*(f"p{row}" for row in inside))
    own = {LEAVES[row] for row in inside}
    profile = Profile("u", did("purchase", *(f"p{row}" for row in past)))
    query = Query(limit, include_purchased=include_purchased)
    found = [int(item.product_id[1:]) for item in asked(snapshot, present, profile, query).items]
    assert not set(found) & set(inside)
    assert sum(LEAVES[row] in own for row in found) <= limit / 3
    others = [row for row in range(60) if LEAVES[row] not in own and (include_purchased or row not in past)]
    assert len(found) >= min(limit - limit // 3, len(others))


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_no_page_beside_a_basket_is_empty(limit: int) -> None:
    snapshot = snapshot_of(random_weights(50), extra=10, categories=LEAVES)
    shown: list[str] = []
    more = True
    while more:
        answer = asked(snapshot, basket("p0", "p1"), query=Query(limit, shown=tuple(map(short_hash, shown))))
        assert answer.items
        shown += [item.product_id for item in answer.items]
        more = answer.more
    others = {f"p{row}" for row in range(60) if row % 6 > 1}
    assert len(shown) == len(set(shown))
    assert others <= set(shown)


def test_a_basket_says_why() -> None:
    weights = np.zeros((3, 3), dtype=np.float32)
    weights[0, 2] = 0.5
    snapshot = snapshot_of(weights, rank=2, titles=["Flour", "Salt", "Yeast"], categories=["A", "B", "C"])
    (yeast,) = asked(snapshot, basket("p0"), query=Query(1)).items
    assert (yeast.reason.code, yeast.reason.text) == (
        "goes_with_your_basket",
        "Goes with Flour in your basket",
    )


def test_who_asks_for_the_baskets_own_category_gets_it() -> None:
    snapshot = snapshot_of(random_weights(60), categories=LEAVES)
    only = Query(6, Filters(categories=("Shop > Leaf 1",)))
    assert len(asked(snapshot, basket("p1"), query=only).items) == 6
    every = Query(6, Filters(categories=("Shop",)))
    found = asked(snapshot, basket("p1"), query=every).items
    assert sum(LEAVES[int(item.product_id[1:])] == "Shop > Leaf 1" for item in found) <= 2


def test_what_is_bought_along_with_its_like_may_be_more_of_the_same() -> None:
    categories = ["A"] * 6 + ["B"]
    along = {0: [(2, 3.0, 4), (5, 2.0, 4)], 6: [(1, 9.0, 9), (3, 9.0, 9)]}
    snapshot = snapshot_of(random_weights(7), categories=categories, complements=along)
    ranked = Scored(np.arange(1, 6, dtype=np.int32), np.linspace(1, 0.5, 5, dtype=np.float32))

    def capped(*basket: int) -> list[int]:
        own = OwnCategories.of(snapshot, np.array(basket, dtype=np.int32))
        found: list[int] = own.capped(ranked, 3, ranked.rows[:0]).rows.tolist()
        return found

    assert capped(0) == [1, 2, 5]
    assert capped(6) == [1, 2, 3, 4, 5]
    # What goes with the other product of the basket is more of the same when the basket holds its like already.
    assert capped(0, 6) == [1, 2, 5]


@pytest.mark.parametrize("limit", [2, 5, 9])
def test_where_filters_leave_the_baskets_own_category_alone_it_fills_the_page(limit: int) -> None:
    brands = ["Rare" if row % 12 == 1 else "Common" for row in range(60)]
    snapshot = snapshot_of(random_weights(50), extra=10, categories=LEAVES, brands=brands)
    rare = Query(limit, Filters(brands=("rare",)))
    assert len(asked(snapshot, basket("p1"), query=rare).items) == min(limit, 4)
    common = asked(snapshot, basket("p1"), query=Query(limit, Filters(brands=("common",)))).items
    assert sum(LEAVES[int(item.product_id[1:])] == "Shop > Leaf 1" for item in common) <= limit / 3


def test_lift_lets_more_of_a_baskets_own_category_onto_the_page() -> None:
    together = [(row, 3.0, 4) for row in range(1, 6)]
    plain = snapshot_of(random_weights(6, density=1.0), rank=5, categories=["A"] * 6)
    lifting = snapshot_of(
        random_weights(6, density=1.0), rank=5, categories=["A"] * 6, complements={0: together}
    )
    shown = [len(asked(snapshot, basket("p0"), query=Query(3)).items) for snapshot in (plain, lifting)]
    assert shown == [1, 3]


@pytest.mark.parametrize("include_purchased", [False, True])
def test_what_a_guest_hides_or_passed_over_is_not_shown(include_purchased: bool) -> None:
    snapshot = snapshot_of(random_weights(30, density=1.0), rank=5)
    query = Query(10, include_purchased=include_purchased)

    def shown(*more: Interaction) -> list[str]:
        present = Present((*did("view", "p0"), *more))
        return [item.product_id for item in asked(snapshot, present, query=query).items]

    first, second = shown()[:2]
    assert first not in shown(*did("hide", first))
    assert {first, second} <= set(shown(*did("impression", first) * 4))
    assert first not in shown(*did("impression", first) * 5)
    assert second in shown(*did("impression", first) * 5)


def ranked_ids(snapshot: Snapshot, rows: list[int], profile: Profile) -> tuple[str, list[int], list[float]]:
    strategy, scored = rank(snapshot, profile, np.array(rows, dtype=np.int32), STAGES)
    return strategy, scored.rows.tolist(), scored.scores.tolist()


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.integers(0, 29), max_size=40), past=st.lists(st.integers(0, 29), max_size=4))
def test_a_ranking_adds_and_drops_nothing(rows: list[int], past: list[int]) -> None:
    snapshot = snapshot_of(random_weights(25), extra=5)
    profile = Profile("u", did("purchase", *(f"p{row}" for row in past)))
    strategy, found, scores = ranked_ids(snapshot, rows, profile)
    assert sorted(found) == sorted(rows)
    assert scores == sorted(scores, reverse=True)
    assert strategy == ("personalised" if past else "popular")


def test_equal_scores_keep_the_callers_order() -> None:
    snapshot = snapshot_of(np.zeros((6, 6), dtype=np.float32), rank=2, buyers=[1, 1, 5, 1, 1, 1])
    assert ranked_ids(snapshot, [4, 0, 2, 3], STRANGER)[1] == [2, 4, 0, 3]


def test_a_rankings_scores_are_those_of_recommendations() -> None:
    snapshot = snapshot_of(random_weights(30, density=1.0), rank=3)
    profile = Profile("u", did("purchase", "p3", "p4"))
    page = asked(snapshot, Present(), profile, Query(10, include_purchased=True)).items
    rows = [int(item.product_id[1:]) for item in page]
    _, found, scores = ranked_ids(snapshot, rows, profile)
    assert dict(zip(found, scores, strict=True)) == pytest.approx(
        {int(item.product_id[1:]): item.score for item in page}
    )
