"""Recommendations that go with a basket."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.entities import (
    Answer,
    Filters,
    Interaction,
    Profile,
    Query,
    SessionContext,
)
from recommender.product_ids import short_hash
from recommender.scenarios.for_you import for_you
from recommender.snapshot import ServingParameters, Snapshot
from recommender.snapshot.alternatives import Likeness
from tests.support.builders.core_requests import STAGES, ids, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of

STRANGER = Profile("")


LEAVES = [f"Shop > Leaf {row % 6}" for row in range(60)]


def did(kind: str, *products: str, at: float = 0.0) -> tuple[Interaction, ...]:
    return tuple(Interaction(product, at, kind) for product in products)


def basket_of(*products: str) -> SessionContext:
    return SessionContext(did("cart", *products), products)


def recommend(
    snapshot: Snapshot, session: SessionContext, profile: Profile = STRANGER, query: Query | None = None
) -> Answer:
    return for_you(snapshot, unchanged(snapshot), profile, query or Query(12), STAGES, session)


@settings(max_examples=60, deadline=None)
@given(
    inside=st.lists(st.integers(0, 59), min_size=1, max_size=6, unique=True),
    past=st.lists(st.integers(0, 59), max_size=6, unique=True),
    limit=st.integers(1, 30),
    include_purchased=st.booleans(),
)
def test_basket_categories_fill_at_most_a_third_of_the_page(
    inside: list[int], past: list[int], limit: int, include_purchased: bool
) -> None:
    snapshot = snapshot_of(random_weights(50), extra=10, categories=LEAVES)
    session = basket_of(*(f"p{row}" for row in inside))
    own = {LEAVES[row] for row in inside}
    profile = Profile("u", did("purchase", *(f"p{row}" for row in past)))
    query = Query(limit, include_purchased=include_purchased)
    found = [int(item.product_id[1:]) for item in recommend(snapshot, session, profile, query).items]
    assert not set(found) & set(inside)
    assert sum(LEAVES[row] in own for row in found) <= limit / 3
    others = [row for row in range(60) if LEAVES[row] not in own and (include_purchased or row not in past)]
    assert len(found) >= min(limit - limit // 3, len(others))


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_for_a_basket_are_never_empty(limit: int) -> None:
    snapshot = snapshot_of(random_weights(50), extra=10, categories=LEAVES)
    shown: list[str] = []
    more = True
    while more:
        answer = recommend(
            snapshot, basket_of("p0", "p1"), query=Query(limit, shown=tuple(map(short_hash, shown)))
        )
        assert answer.items
        shown += [item.product_id for item in answer.items]
        more = answer.more
    others = {f"p{row}" for row in range(60) if row % 6 > 1}
    assert len(shown) == len(set(shown))
    assert others <= set(shown)


def test_reason_names_the_product_in_the_basket() -> None:
    weights = np.zeros((3, 3), dtype=np.float32)
    weights[0, 2] = 0.5
    snapshot = snapshot_of(weights, rank=2, titles=["Flour", "Salt", "Yeast"], categories=["A", "B", "C"])
    (yeast,) = recommend(snapshot, basket_of("p0"), query=Query(1)).items
    assert (yeast.reason.code, yeast.reason.text) == (
        "goes_with_your_basket",
        "Goes with Flour in your basket",
    )


def test_filter_for_the_baskets_category_lifts_the_cap() -> None:
    snapshot = snapshot_of(random_weights(60), categories=LEAVES)
    only = Query(6, Filters(categories=("Shop > Leaf 1",)))
    assert len(recommend(snapshot, basket_of("p1"), query=only).items) == 6
    every = Query(6, Filters(categories=("Shop",)))
    found = recommend(snapshot, basket_of("p1"), query=every).items
    assert sum(LEAVES[int(item.product_id[1:])] == "Shop > Leaf 1" for item in found) <= 2


@pytest.mark.parametrize("limit", [2, 5, 9])
def test_basket_category_fills_the_page_if_filters_leave_no_other(limit: int) -> None:
    brands = ["Rare" if row % 12 == 1 else "Common" for row in range(60)]
    snapshot = snapshot_of(random_weights(50), extra=10, categories=LEAVES, brands=brands)
    rare = Query(limit, Filters(brands=("rare",)))
    assert len(recommend(snapshot, basket_of("p1"), query=rare).items) == min(limit, 4)
    common = recommend(snapshot, basket_of("p1"), query=Query(limit, Filters(brands=("common",)))).items
    assert sum(LEAVES[int(item.product_id[1:])] == "Shop > Leaf 1" for item in common) <= limit / 3


def test_complements_of_the_baskets_category_exceed_the_cap() -> None:
    together = [(row, 3.0, 4) for row in range(1, 6)]
    categories = ["A"] * 6 + ["B"]
    plain = snapshot_of(random_weights(7, density=1.0), rank=5, categories=categories)
    lifting = snapshot_of(
        random_weights(7, density=1.0), rank=5, categories=categories, complements={0: together}
    )
    shown = [len(recommend(snapshot, basket_of("p0"), query=Query(3)).items) for snapshot in (plain, lifting)]
    assert shown == [2, 3]


def test_category_of_the_whole_shop_is_not_capped() -> None:
    snapshot = snapshot_of(random_weights(12, density=1.0), rank=5, categories=["Office"] * 11 + ["Toys"])
    assert len(recommend(snapshot, basket_of("p0"), query=Query(9)).items) == 9


def test_companions_of_a_broad_category_are_not_capped() -> None:
    companions = {0: [(row, 1 - row / 900) for row in range(1, 88)]}
    categories = ["Gifts"] * 60 + ["Cards"] * 28
    snapshot = snapshot_of(random_weights(88), companions=companions, categories=categories)
    assert ids(recommend(snapshot, basket_of("p0"), query=Query(9))) == [f"p{row}" for row in range(1, 10)]


def test_companions_of_the_whole_basket_come_first() -> None:
    snapshot = snapshot_of(
        random_weights(8),
        companions={0: [(5, 0.3), (6, 0.2)], 1: [(6, 0.2), (0, 0.1)]},
        categories=list("ABCDEFGH"),
    )
    answer = recommend(snapshot, basket_of("p0", "p1"), query=Query(3))
    assert ids(answer)[:2] == ["p6", "p5"]
    assert [item.score for item in answer.items[:2]] == pytest.approx([0.4, 0.3])
    first, second = (item.reason for item in answer.items[:2])
    assert (first.code, set(first.because)) == ("goes_with_your_basket", {"p0", "p1"})
    assert second.text == "Goes with Product p0 in your basket"


def test_best_sellers_are_not_said_to_go_with_a_basket() -> None:
    snapshot = snapshot_of(
        random_weights(8),
        companions={0: [(5, 0.4), (6, 0.3), (7, 0.2)], 1: [(5, 0.4), (6, 0.3), (7, 0.2)]},
        complements={0: [(6, 3.0, 4)], 7: [(1, 3.0, 4)]},
        categories=list("ABCDEFGH"),
        parameters=ServingParameters(basket_popularity=1.0),
    )
    found = recommend(snapshot, basket_of("p0", "p1"), query=Query(3)).items
    assert {item.product_id: item.reason.text for item in found} == {
        "p5": "Bought by a few shoppers",
        "p6": "Goes with Product p0 in your basket",
        "p7": "Goes with Product p1 in your basket",
    }


def test_own_regulars_stand_beside_companions_if_they_are_included() -> None:
    snapshot = snapshot_of(
        random_weights(8), companions={0: [(5, 0.1), (6, 0.3)]}, categories=list("ABCDEFGH")
    )
    bought = tuple(Interaction("p7", day * 86_400.0) for day in range(9))
    shopper = Profile("u", (*bought, Interaction("p5", 0.0)))
    known = recommend(snapshot, basket_of("p0"), shopper, Query(3, include_purchased=True, explain=True))
    assert ids(known) == ["p6", "p7", "p5"]
    assert [item.reason.code for item in known.items] == [
        "goes_with_your_basket",
        "bought_before",
        "goes_with_your_basket",
    ]
    for item in known.items:
        assert sum(term.value for term in item.terms) == pytest.approx(item.score, rel=1e-4)
    assert {"p5", "p7"}.isdisjoint(ids(recommend(snapshot, basket_of("p0"), shopper, Query(3))))


@pytest.mark.parametrize(("weight", "first"), [(0.15, "p6"), (0.6, "p7")])
def test_own_purchases_have_the_chosen_weight(weight: float, first: str) -> None:
    snapshot = snapshot_of(
        random_weights(8),
        companions={0: [(6, 0.5)]},
        categories=list("ABCDEFGH"),
        parameters=ServingParameters(basket_own_weight=weight),
    )
    shopper = Profile("u", tuple(Interaction("p7", day * 86_400.0) for day in range(9)))
    assert ids(recommend(snapshot, basket_of("p0"), shopper, Query(3, include_purchased=True)))[0] == first


@pytest.mark.parametrize("rate", [1e-4, 0.0])
def test_own_products_stay_behind_companions_where_nothing_is_bought_again(rate: float) -> None:
    snapshot = snapshot_of(
        random_weights(8),
        companions={0: [(6, 0.3), (5, 0.05)]},
        categories=list("ABCDEFGH"),
        repeat_rates=[rate] * 8,
    )
    shopper = Profile("u", tuple(Interaction("p7", day * 86_400.0) for day in range(9)))
    answer = recommend(snapshot, basket_of("p0"), shopper, Query(3, include_purchased=True))
    assert ids(answer) == ["p6", "p5", "p7"]
    assert answer.items[2].reason.text == "You bought this on 9 days"


def test_own_products_of_a_year_ago_stand_behind_recent_ones() -> None:
    snapshot = snapshot_of(random_weights(8), companions={0: [(5, 0.01)]}, categories=list("ABCDEFGH"))
    given_up = tuple(Interaction("p6", day * 86_400.0) for day in range(5))
    recent = tuple(Interaction("p7", (365 + day) * 86_400.0) for day in range(3))
    shopper = Profile("u", (*given_up, *recent))
    answer = recommend(snapshot, basket_of("p0"), shopper, Query(3, include_purchased=True))
    assert ids(answer) == ["p7", "p6", "p5"]


def test_products_that_nobody_bought_do_not_go_with_a_basket() -> None:
    snapshot = snapshot_of(
        random_weights(12, density=1.0), rank=9, warm=6, categories=list("ABCDEFGHIJKL"), buyers=[0] * 12
    )
    answer = recommend(snapshot, basket_of("p0"), query=Query(11))
    with_basket = {item.product_id for item in answer.items if item.reason.code == "goes_with_your_basket"}
    assert with_basket == {"p1", "p2", "p3", "p4", "p5"}


def test_alternatives_of_the_basket_are_not_said_to_go_with_it() -> None:
    weights = np.zeros((4, 4), dtype=np.float32)
    weights[0, 1:] = 0.5, 0.4, 0.3
    snapshot = snapshot_of(
        weights,
        rank=1,
        alternatives={0: [(2, 0.9, Likeness.TEXT), (1, 0.8, Likeness.CATEGORY)]},
        categories=["A", "A", "B", "C"],
    )
    items = recommend(snapshot, basket_of("p0"), query=Query(4)).items
    assert {item.product_id: item.reason.text for item in items} == {
        "p1": "Same category as Product p0",
        "p2": "Similar to Product p0",
        "p3": "Goes with Product p0 in your basket",
    }


def test_hidden_products_of_a_basket_have_no_effect() -> None:
    snapshot = snapshot_of(random_weights(50), extra=10, categories=LEAVES)
    hiding = Profile("u", did("hide", "p0"))
    with_it = recommend(snapshot, basket_of("p0", "p7"), hiding)
    assert with_it == recommend(snapshot, basket_of("p7"), hiding)
    assert with_it != recommend(snapshot, basket_of("p0", "p7"))
    assert recommend(snapshot, basket_of("p0"), hiding).items


@pytest.mark.parametrize(("share", "flavors"), [(0.0, 1), (0.3, 3)])
def test_text_has_one_place_or_its_share_of_the_page(share: float, flavors: int) -> None:
    """Rows 1 to 8 have one text, and complete the basket better than others."""
    snapshot = snapshot_of(
        np.zeros((30, 30), np.float32),
        companions={0: [(row, 1 - row / 100) for row in range(1, 30)]},
        variants=[0 if 1 <= row <= 8 else row for row in range(30)],
        categories=[f"Shop > Leaf {row}" for row in range(30)],
        parameters=ServingParameters(basket_text_share=share),
    )
    found = [int(item.product_id[1:]) for item in recommend(snapshot, basket_of("p0"), query=Query(10)).items]
    assert len(found) == 10
    assert sum(row <= 8 for row in found) == flavors


@pytest.mark.parametrize(("share", "same"), [(0.0, 3), (0.5, 5)])
def test_category_has_its_share_of_the_companions(share: float, same: int) -> None:
    """Rows 1 to 8 have one category, and complete the basket better than others."""
    snapshot = snapshot_of(
        np.zeros((30, 30), np.float32),
        companions={0: [(row, 1 - row / 100) for row in range(1, 30)]},
        categories=[f"Shop > Leaf {0 if 1 <= row <= 8 else row}" for row in range(30)],
        parameters=ServingParameters(basket_category_share=share),
    )
    found = [int(item.product_id[1:]) for item in recommend(snapshot, basket_of("p0"), query=Query(10)).items]
    assert len(found) == 10
    assert sum(row <= 8 for row in found) == same
