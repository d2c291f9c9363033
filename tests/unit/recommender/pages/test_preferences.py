"""Preferences double liked categories and brands and halve disliked ones."""

import math
from collections.abc import Callable

import numpy as np
import pytest
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
from recommender.profiles import Affinities
from recommender.scenarios.for_you import for_you
from recommender.snapshot import Snapshot
from tests.support.builders.core_requests import STAGES, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of

PRODUCTS = 200


BRANDS = [f"Brand {row % 8}" for row in range(PRODUCTS)]


PRICES = [float(row * 13 % 100) if row % 10 else math.nan for row in range(PRODUCTS)]


LEAVES = [f"{top} > {leaf}" for top in ("Bakery", "Garden", "Pantry", "Toys") for leaf in "ABC"]


CATEGORIES = [LEAVES[row * 7 % 12] for row in range(PRODUCTS)]


BOUGHT = tuple(Interaction(f"p{row}", 1e9 + row) for row in (1, 20, 33))


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return snapshot_of(
        random_weights(150, density=0.2), extra=50, categories=CATEGORIES, brands=BRANDS, prices=PRICES
    )


def recommend(
    snapshot: Snapshot,
    preferences: Preferences,
    history: tuple[Interaction, ...] = BOUGHT,
    *,
    limit: int = 20,
    filters: Filters | None = None,
    explain: bool = False,
) -> Answer:
    profile = Profile("u", history, preferences)
    wanted = Query(limit, filters or Filters(), explain=explain)
    return for_you(snapshot, unchanged(snapshot), profile, wanted, STAGES)


def places(answer: Answer, category: str, count: int = 20) -> int:
    """Number of the first items that are of the category."""
    return sum(CATEGORIES[int(item.product_id[1:])].startswith(category) for item in answer.items[:count])


@pytest.mark.parametrize("category", ["Bakery", "Garden", "Pantry", "Toys", *LEAVES])
@pytest.mark.parametrize("history", [BOUGHT, ()], ids=["known", "stranger"])
@pytest.mark.parametrize("limit", [10, 20, 60])
def test_liked_category_doubles_and_disliked_category_halves(
    snapshot: Snapshot, category: str, history: tuple[Interaction, ...], limit: int
) -> None:
    count = min(limit, 20)
    before = recommend(snapshot, Preferences(), history, limit=limit)
    liked = recommend(snapshot, Preferences(liked_categories=(category,)), history, limit=limit)
    disliked = recommend(snapshot, Preferences(disliked_categories=(category,)), history, limit=limit)
    exists = CATEGORIES.count(category) or PRODUCTS // 4
    assert places(liked, category, count) >= min(count, exists - 1, 2 * places(before, category, count))
    assert places(liked, category, count) > 0
    assert 2 * places(disliked, category, count) <= places(before, category, count)
    for answer in (before, liked, disliked):
        ids = [item.product_id for item in answer.items]
        assert len(ids) == len(set(ids)) == limit


def share(answer: Answer, holds: Callable[[int], bool]) -> int:
    """Number of the first 20 items that fulfill a condition on their row."""
    return sum(holds(int(item.product_id[1:])) for item in answer.items[:20])


@pytest.mark.parametrize("history", [BOUGHT, ()], ids=["known", "stranger"])
@pytest.mark.parametrize("brand", sorted(set(BRANDS)))
def test_liked_brand_doubles_and_disliked_brand_halves(
    snapshot: Snapshot, brand: str, history: tuple[Interaction, ...]
) -> None:
    before, liked, disliked = (
        share(recommend(snapshot, preferences, history), lambda row: BRANDS[row] == brand)
        for preferences in (
            Preferences(),
            Preferences(liked_brands=(brand.upper(),)),
            Preferences(disliked_brands=(brand,)),
        )
    )
    assert liked >= min(20, max(1, 2 * before))
    assert 2 * disliked <= before


@pytest.mark.parametrize(("low", "high"), [(None, 30.0), (60.0, None), (40.0, 60.0)])
def test_items_outside_the_price_range_halve(
    snapshot: Snapshot, low: float | None, high: float | None
) -> None:
    def outside(row: int) -> bool:
        return PRICES[row] < (low or 0) or PRICES[row] > (high or math.inf)

    before = share(recommend(snapshot, Preferences()), outside)
    after = share(recommend(snapshot, Preferences(price_min=low, price_max=high)), outside)
    assert before > 1
    assert 2 * after <= before


def test_dislike_outweighs_like_and_missing_price_is_neutral(snapshot: Snapshot) -> None:
    own = Preferences(liked_categories=(CATEGORIES[1],), disliked_brands=(BRANDS[1],), price_max=0.0)
    rows = np.array([1, 10], dtype=np.int32)
    assert Affinities.from_preferences(snapshot, own).of(rows).tolist() == [
        -1,
        int(CATEGORIES[10] == CATEGORIES[1]),
    ]


def test_strategy_names_preferred_categories_for_unknown_shoppers(snapshot: Snapshot) -> None:
    assert recommend(snapshot, Preferences(liked_categories=("Toys",)), ()).strategy == "preferred-categories"
    assert recommend(snapshot, Preferences(liked_categories=("Toys",))).strategy == "personalised"
    assert recommend(snapshot, Preferences(liked_categories=("Cars",)), ()).strategy == "popular"


@pytest.mark.parametrize("history", [BOUGHT, ()], ids=["known", "stranger"])
@pytest.mark.parametrize(
    ("liked", "of"),
    [
        (Preferences(("bakery", "Bakery>b")), lambda row: "category" if CATEGORIES[row][0] == "B" else None),
        (Preferences(liked_brands=("BRAND 3",)), lambda row: "brand" if row % 8 == 3 else None),
    ],
    ids=["categories", "brand"],
)
def test_items_that_a_preference_moved_up_name_it(
    snapshot: Snapshot,
    liked: Preferences,
    of: Callable[[int], str | None],
    history: tuple[Interaction, ...],
) -> None:
    plain = {item.product_id: item.reason for item in recommend(snapshot, Preferences(), history).items}
    moved = 0
    for item in recommend(snapshot, liked, history, explain=True).items:
        row, reason = int(item.product_id[1:]), item.reason
        assert sum(term.value for term in item.terms) == pytest.approx(item.score, rel=1e-5)
        if item.product_id in plain:
            assert reason == plain[item.product_id]
            continue
        names = {
            "category": "Bakery > B" if CATEGORIES[row] == "Bakery > B" else "Bakery",
            "brand": "Brand 3",
        }
        kind = of(row)
        assert kind is not None
        assert reason.code == f"preferred_{kind}"
        assert reason.values == {kind: names[kind]}
        assert reason.text == f"Because you prefer {names[kind].split(' > ')[-1]}"
        moved += 1
    assert moved


def test_items_in_place_of_disliked_ones_keep_their_reason(snapshot: Snapshot) -> None:
    plain = {item.product_id for item in recommend(snapshot, Preferences()).items}
    answer = recommend(snapshot, Preferences(disliked_categories=("Toys",)))
    others = [item.reason.code for item in answer.items if item.product_id not in plain]
    assert others
    assert "preferred_category" not in others


def test_dislikes_do_not_shorten_the_page(snapshot: Snapshot) -> None:
    everything = Preferences(disliked_categories=("Bakery", "Garden", "Pantry", "Toys"))
    assert len(recommend(snapshot, everything).items) == 20
    narrow = Filters(categories=("Bakery > A",))
    answer = recommend(snapshot, Preferences(disliked_categories=("Bakery",)), limit=10, filters=narrow)
    assert places(answer, "Bakery > A") == 10


def test_narrower_category_takes_precedence(snapshot: Snapshot) -> None:
    own = Preferences(liked_categories=("bakery > a", "Garden"), disliked_categories=("Bakery", "Garden > B"))
    affinities = Affinities.from_preferences(snapshot, own).categories
    affinity_of = dict(zip(snapshot.categories.paths, affinities.tolist(), strict=False))
    assert [affinity_of[f"Bakery > {leaf}"] for leaf in "ABC"] == [1, -1, -1]
    assert [affinity_of[f"Garden > {leaf}"] for leaf in "ABC"] == [1, -1, 1]
    assert affinity_of["Toys > A"] == affinities[-1] == 0


some = st.lists(st.sampled_from([*LEAVES, "Bakery", "Toys", "Cars"]), max_size=3).map(tuple)


@given(some, some, st.integers(1, 60), st.sampled_from([(), ("Bakery",), ("Toys > A",)]), st.booleans())
def test_filters_and_hidden_products_hold(
    snapshot: Snapshot,
    liked: tuple[str, ...],
    disliked: tuple[str, ...],
    limit: int,
    categories: tuple[str, ...],
    known: bool,
) -> None:
    hidden = tuple(f"p{row}" for row in range(0, PRODUCTS, 5))
    preferences = Preferences(liked, disliked, hidden_products=hidden)
    plain = Preferences(hidden_products=hidden)
    history = BOUGHT if known else ()
    filters = Filters(categories=categories)
    answer = recommend(snapshot, preferences, history, limit=limit, filters=filters)
    ids = [item.product_id for item in answer.items]
    assert not set(ids) & {*hidden, *(one.product_id for one in history)}
    assert all(CATEGORIES[int(id_[1:])].startswith(categories) for id_ in ids if categories)
    assert (
        len(ids)
        == len(set(ids))
        == len(recommend(snapshot, plain, history, limit=limit, filters=filters).items)
    )
