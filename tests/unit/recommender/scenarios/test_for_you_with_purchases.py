"""Personal recommendations that include products bought before."""

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
)
from recommender.scenarios.for_you import for_you
from recommender.snapshot import ServingParameters, Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.overlay import Overlay, ProductChange
from tests.support.builders.core_requests import DAY, STAGES
from tests.support.builders.small_snapshots import random_weights, snapshot_of

NOON = 0.5 * DAY


def visits(*lines: tuple[str, float]) -> Profile:
    """A profile of (product id, days since the epoch)."""
    return Profile("u", tuple(Interaction(name, day * DAY + NOON) for name, day in lines))


def answer(
    snapshot: Snapshot, profile: Profile, query: Query, changes: dict[str, ProductChange] | None = None
) -> Answer:
    corrections = Corrections.of(Overlay(changes or {}), snapshot)
    return for_you(snapshot, corrections, profile, query, STAGES)


@pytest.mark.parametrize("weight", [0.3, 20.0])
def test_purchases_are_ranked_by_frequency_and_score(weight: float) -> None:
    weights = random_weights(30, density=1.0)
    parameters = ServingParameters(repurchase_weight=weight)
    apart = [f"C{row}" for row in range(30)]
    snapshot = snapshot_of(weights, rank=3, categories=apart, parameters=parameters)
    profile = visits(("p2", 100), ("p2", 40), ("p7", 100), ("p19", 40))
    recency = np.array([1, 1, 0.5 ** (60 / 180)])
    estimated = weights + np.diag(
        np.diag(snapshot.query_vectors @ snapshot.item_vectors.T)
    )  # B has no diagonal
    expected = weight * ((recency / np.sqrt(recency.sum())) @ estimated[[2, 7, 19]])
    expected[[2, 7, 19]] += [1 + 0.5**0.5, 1, 0.5**0.5]
    items = answer(snapshot, profile, Query(12, include_purchased=True)).items
    best = sorted(range(30), key=lambda row: -expected[row])[:12]
    assert [item.product_id for item in items] == [f"p{row}" for row in best]
    np.testing.assert_allclose([item.score for item in items], expected[best], rtol=1e-4)


def test_reason_names_the_days_of_purchase() -> None:
    weights = np.zeros((5, 5), dtype=np.float32)
    weights[0, 3] = 0.01
    snapshot = snapshot_of(weights, rank=2)
    profile = visits(("p0", 9), ("p0", 9), ("p1", 9), ("p1", 8), ("p1", 7))
    items = answer(snapshot, profile, Query(3, include_purchased=True)).items
    reasons = [(item.product_id, item.reason.code, item.reason.text, item.reason.because) for item in items]
    assert reasons == [
        ("p1", "bought_before", "You bought this on 3 days", ("p1",)),
        ("p0", "bought_before", "You bought this before", ("p0",)),
        ("p3", "because_you_bought", "Because you bought Product p0", ("p0",)),
    ]


def test_no_own_product_is_on_a_page_where_nothing_is_bought_again() -> None:
    snapshot = snapshot_of(random_weights(30, density=1.0), parameters=ServingParameters(bought_once=1))
    profile = visits(("p1", 9), ("p2", 9), ("p3", 8))
    found = [answer(snapshot, profile, Query(12, include_purchased=again)).items for again in (True, False)]
    assert found[0] == found[1]
    assert not {"p1", "p2", "p3"} & {item.product_id for item in found[0]}


def test_own_products_are_exempt_from_the_category_cap() -> None:
    snapshot = snapshot_of(random_weights(20), extra=1, categories=["Milk"] * 8 + ["Bread"] * 6 + ["Tea"] * 7)
    profile = visits(*((f"p{row}", day) for row in (*range(6), 20) for day in range(30)))
    found = [item.product_id for item in answer(snapshot, profile, Query(10, include_purchased=True)).items]
    assert set(found[:7]) == {"p0", "p1", "p2", "p3", "p4", "p5", "p20"}


@pytest.mark.parametrize("limit", [30, 40], ids=["enough candidates", "too few: all are scored"])
def test_own_products_without_a_vector_are_included(limit: int) -> None:
    snapshot = snapshot_of(random_weights(30, density=1.0), extra=3, parameters=ServingParameters(nearest=2))
    profile = visits(("p1", 9), ("p31", 9), ("p31", 8))
    items = answer(snapshot, profile, Query(limit, include_purchased=True)).items
    scores = {item.product_id: item.score for item in items}
    assert scores["p31"] == pytest.approx(1 + 0.5 ** (1 / 120), rel=1e-5)
    (own,) = (item for item in items if item.product_id == "p31")
    assert own.reason.code == "bought_before"


def test_own_products_without_vectors_come_before_popular_ones() -> None:
    snapshot = snapshot_of(random_weights(10), extra=4, buyers=[*range(20, 10, -1), 1, 1, 1, 1])
    profile = visits(("p11", 9), ("p13", 9), ("p13", 8))
    found = answer(snapshot, profile, Query(4, include_purchased=True))
    assert found.strategy == "personalised"
    codes = [(item.product_id, item.reason.code) for item in found.items]
    assert codes[:2] == [("p13", "bought_before"), ("p11", "bought_before")]
    assert codes[2:] == [("p0", "popular"), ("p1", "popular")]
    without = answer(snapshot, profile, Query(14))
    assert without.strategy == "popular"
    assert {item.product_id for item in without.items} == {f"p{row}" for row in range(14)} - {"p11", "p13"}


def test_own_products_without_vectors_are_ranked_under_narrow_filters() -> None:
    categories = ["Garden"] * 10 + ["Pantry"] * 4
    snapshot = snapshot_of(random_weights(10), extra=4, categories=categories)
    profile = visits(("p11", 9), ("p13", 9), ("p13", 8), ("p13", 7), ("p12", 9), ("p12", 8))
    query = Query(6, Filters(("Pantry",)), include_purchased=True)
    found = [item.product_id for item in answer(snapshot, profile, query).items]
    assert found[:3] == ["p13", "p12", "p11"]


@settings(max_examples=60, deadline=None)
@given(
    history=st.lists(st.tuples(st.integers(0, 39), st.integers(0, 300)), max_size=12),
    limit=st.integers(1, 30),
    garden=st.booleans(),
    in_stock=st.booleans(),
    exclude=st.frozensets(st.integers(0, 39), max_size=8),
    deleted=st.frozensets(st.integers(0, 39), max_size=8),
    include_purchased=st.booleans(),
)
def test_filters_hold_for_products_bought_before(
    history: list[tuple[int, int]],
    limit: int,
    garden: bool,
    in_stock: bool,
    exclude: frozenset[int],
    deleted: frozenset[int],
    include_purchased: bool,
) -> None:
    stock = [row % 5 != 0 for row in range(40)]
    categories = ["Garden" if row % 2 else "Pantry" for row in range(40)]
    parameters = ServingParameters(nearest=4, neighbours=4)
    snapshot = snapshot_of(
        random_weights(30), extra=10, categories=categories, in_stock=stock, parameters=parameters
    )
    filters = Filters(("Garden",) if garden else (), in_stock, frozenset(f"p{row}" for row in exclude))
    profile = visits(*((f"p{row}", float(day)) for row, day in history))
    changes = {f"p{row}": ProductChange(True, True, b"{}") for row in deleted}
    found = [
        item.product_id
        for item in answer(snapshot, profile, Query(limit, filters, include_purchased), changes).items
    ]
    own = {row for row, _ in history}
    matching = {
        f"p{row}"
        for row in range(40)
        if row not in exclude | deleted
        and (row % 2 or not garden)
        and (stock[row] or not in_stock)
        and (include_purchased or row not in own)
    }
    assert len(set(found)) == len(found) == min(limit, len(matching))
    assert set(found) <= matching


def test_page_explores_unless_purchases_are_included() -> None:
    weights = random_weights(40, density=1.0)
    weights[:, :30] += 0.8  # cold products are last in every ranking, but score half as much as the others
    categories = [f"C{row}" for row in range(40)]
    snapshot = snapshot_of(weights, warm=30, categories=categories)
    profile = visits(("p1", 1))
    discovered = [item.product_id for item in answer(snapshot, profile, Query(10)).items]
    assert int(discovered[-1][1:]) >= 30
    assert all(int(name[1:]) < 30 for name in discovered[:-1])
    again = [item.product_id for item in answer(snapshot, profile, Query(10, include_purchased=True)).items]
    assert all(int(name[1:]) < 30 for name in again)
