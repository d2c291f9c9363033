"""Personal recommendations, against scores computed by hand from the weights."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.entities import (
    Filters,
    Interaction,
    Profile,
    Query,
)
from recommender.scenarios.for_you import for_you
from recommender.snapshot import ServingParameters, Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.overlay import Overlay, ProductChange
from tests.support.builders.core_requests import DAY, STAGES, bought, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of

CATEGORIES = [f"{top} > {leaf}" for top in ("Pantry", "Bakery") for leaf in ("A", "B", "C")]


def recommended(
    snapshot: Snapshot, profile: Profile, query: Query, corrections: Corrections | None = None
) -> list[str]:
    answer = for_you(snapshot, corrections or unchanged(snapshot), profile, query, STAGES)
    return [item.product_id for item in answer.items]


def test_scores_equal_the_weights_on_their_support() -> None:
    weights = random_weights(40, density=1.0)
    snapshot = snapshot_of(weights, rank=3)
    times = {"p3": 0.0, "p17": -90 * DAY, "p25": -180 * DAY}
    profile = Profile("u", tuple(Interaction(name, at) for name, at in times.items()))
    recency = np.array([0.5 ** (-at / DAY / 180) for at in times.values()])
    expected = (recency / np.sqrt(recency.sum())) @ weights[[3, 17, 25]]
    answer = for_you(snapshot, unchanged(snapshot), profile, Query(10), STAGES)
    assert answer.strategy == "personalised"
    scores = {item.product_id: item.score for item in answer.items}
    for name, score in scores.items():
        assert score == pytest.approx(expected[int(name[1:])], rel=1e-4)
    unseen = sorted(set(range(40)) - {3, 17, 25}, key=lambda row: -expected[row])
    assert list(scores) == [f"p{row}" for row in unseen[:10]]


def test_unknown_shopper_gets_popular_products() -> None:
    snapshot = snapshot_of(random_weights(10), extra=3, buyers=[*range(1, 13), 0])
    answer = for_you(snapshot, unchanged(snapshot), Profile("u"), Query(4), STAGES)
    assert answer.strategy == "popular"
    assert [item.product_id for item in answer.items] == ["p11", "p10", "p9", "p8"]
    assert answer.items[0].reason.text == "Bought by 12 shoppers in 90 days"


def test_unknown_products_of_the_profile_are_ignored() -> None:
    snapshot = snapshot_of(random_weights(20))
    assert recommended(snapshot, bought("gone", "p1"), Query(5)) == recommended(
        snapshot, bought("p1"), Query(5)
    )
    answer = for_you(snapshot, unchanged(snapshot), bought("gone"), Query(5), STAGES)
    assert answer.strategy == "popular"


def test_popular_items_backfill_a_short_personal_page() -> None:
    weights = np.zeros((6, 6), dtype=np.float32)
    weights[0, 1] = weights[0, 2] = 0.5
    snapshot = snapshot_of(weights, rank=2, extra=2, buyers=[9, 1, 1, 8, 7, 1, 6, 5])
    answer = for_you(snapshot, unchanged(snapshot), bought("p0"), Query(5), STAGES)
    codes = [(item.product_id, item.reason.code) for item in answer.items]
    assert set(codes[:2]) == {("p1", "because_you_bought"), ("p2", "because_you_bought")}
    assert codes[2:] == [("p3", "popular"), ("p4", "popular"), ("p6", "popular")]


@settings(max_examples=80, deadline=None)
@given(
    history=st.lists(st.integers(0, 59), max_size=8),
    limit=st.integers(1, 30),
    categories=st.lists(st.sampled_from([*CATEGORIES, "Pantry", "Bakery", "Garden"]), max_size=2),
    in_stock=st.booleans(),
    exclude=st.frozensets(st.integers(0, 59), max_size=10),
    deleted=st.frozensets(st.integers(0, 59), max_size=10),
    sold_out=st.frozensets(st.integers(0, 59), max_size=10),
)
def test_filters_hold_and_pages_are_full(
    history: list[int],
    limit: int,
    categories: list[str],
    in_stock: bool,
    exclude: frozenset[int],
    deleted: frozenset[int],
    sold_out: frozenset[int],
) -> None:
    paths = [CATEGORIES[row % len(CATEGORIES)] for row in range(60)]
    stock = [row % 7 != 0 for row in range(60)]
    parameters = ServingParameters(nearest=5, neighbours=5)
    snapshot = snapshot_of(
        random_weights(50), extra=10, categories=paths, in_stock=stock, parameters=parameters
    )
    changes = {
        f"p{row}": ProductChange(row not in sold_out, row in deleted, b"{}", category=paths[row])
        for row in deleted | sold_out
    }
    corrections = Corrections.of(Overlay(changes | {"newer": ProductChange(True, False, b"{}")}), snapshot)
    filters = Filters(tuple(categories), in_stock, frozenset(f"p{row}" for row in exclude))
    found = recommended(snapshot, bought(*(f"p{row}" for row in history)), Query(limit, filters), corrections)

    def allowed(row: int) -> bool:
        available = row not in sold_out if row in deleted | sold_out else stock[row]
        inside = any(paths[row].startswith(category) for category in categories) or not categories
        return row not in exclude | deleted | set(history) and inside and (available or not in_stock)

    matching = {f"p{row}" for row in range(60) if allowed(row)}
    assert len(set(found)) == len(found) == min(limit, len(matching))
    assert set(found) <= matching


def test_overlay_restores_products_back_in_stock() -> None:
    snapshot = snapshot_of(random_weights(5, density=1.0), in_stock=[False] * 5)
    back = Corrections.of(Overlay({"p3": ProductChange(True, False, b"{}")}), snapshot)
    assert recommended(snapshot, bought("p0"), Query(5, Filters(in_stock=True)), back) == ["p3"]


def test_rounding_errors_do_not_count_as_evidence() -> None:
    weights = np.zeros((40, 40), dtype=np.float32)
    weights[:20, :20], weights[20:, 20:] = (
        random_weights(20, density=1),
        random_weights(20, seed=2, density=1),
    )
    snapshot = snapshot_of(weights, rank=39, buyers=[0] * 40)
    answer = for_you(snapshot, unchanged(snapshot), bought("p0", "p1"), Query(40), STAGES)
    personal = [item.product_id for item in answer.items if item.reason.code == "because_you_bought"]
    assert set(personal) == {f"p{row}" for row in range(2, 20)}


@pytest.mark.parametrize("seed", range(8))
def test_second_neighbours_do_not_stand_for_all_products(seed: int) -> None:
    """Without them, candidates are too few, and all products are scored."""
    parameters = ServingParameters(nearest=1, neighbours=2)
    without = snapshot_of(random_weights(40, seed, 0.1), parameters=parameters)
    with_them = replace(without, parameters=replace(parameters, second_neighbours=5))
    pages = [recommended(snapshot, bought("p0"), Query(5)) for snapshot in (without, with_them)]
    assert pages[0] == pages[1]
