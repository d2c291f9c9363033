"""Weights of a shopper's history."""

import numpy as np
import pytest

from recommender.entities import (
    Filters,
    Interaction,
    Profile,
    Query,
)
from recommender.profiles import KIND_WEIGHTS, history_of
from recommender.scenarios.for_you import for_you
from recommender.snapshot import ServingParameters, Snapshot
from recommender.snapshot.corrections import Corrections
from tests.support.builders.core_requests import DAY, STAGES, bought, resolved, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of

PRODUCTS = 40


KINDS = ("purchase", "cart", "click", "view", "impression", "hide")


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return snapshot_of(
        random_weights(30), extra=10, categories=[f"Shelf {row % 9}" for row in range(PRODUCTS)]
    )


def did(kind: str, *products: str, at: float = 0.0) -> tuple[Interaction, ...]:
    return tuple(Interaction(product, at, kind) for product in products)


def test_weaker_kinds_have_smaller_weights(snapshot: Snapshot) -> None:
    same_day = [Interaction(f"p{row}", 0.0, kind) for row, kind in enumerate(KINDS)]
    history = history_of(tuple(same_day), snapshot, resolved(snapshot))
    assert history.rows.tolist() == [0, 1, 2, 3]
    expected = np.array([KIND_WEIGHTS[kind] for kind in KINDS[:4]])
    np.testing.assert_allclose(history.weights, expected / np.sqrt(expected.sum()), rtol=1e-6)
    assert history.known_rows.tolist() == [0]


def test_largest_weight_of_several_interactions_counts(snapshot: Snapshot) -> None:
    half_life = snapshot.parameters.half_life_days * DAY
    old_purchase = Interaction("p0", 0.0)
    cases = {
        1.0: 0.5,
        3.0: KIND_WEIGHTS["view"],
    }  # after one half-life the purchase still weighs more than a view
    for half_lives, expected in cases.items():
        view = Interaction("p0", half_lives * half_life, "view")
        other = Interaction("p1", half_lives * half_life)
        history = history_of((old_purchase, view, other), snapshot, resolved(snapshot))
        weights = dict(zip(history.rows.tolist(), history.weights.tolist(), strict=True))
        assert weights[0] / weights[1] == pytest.approx(expected)
        assert history.known_rows.tolist() == [0, 1]


def test_repeated_views_do_not_change_the_weight_of_a_purchase() -> None:
    snapshot = snapshot_of(random_weights(10))
    both = Profile(
        "", did("view", "p0", at=10.0) + did("purchase", "p0", at=10.0) + did("view", "p0", at=10.0)
    )
    once = Profile("", did("purchase", "p0", at=10.0))
    assert (
        history_of(both.interactions, snapshot, resolved(snapshot)).weights.tolist()
        == history_of(once.interactions, snapshot, resolved(snapshot)).weights.tolist()
    )


def test_each_kind_has_its_own_weight() -> None:
    snapshot = snapshot_of(random_weights(10))
    interactions = did("purchase", "p0") + did("cart", "p1") + did("click", "p2") + did("view", "p3")
    history = history_of(interactions, snapshot, resolved(snapshot))
    expected = np.array([KIND_WEIGHTS[kind] for kind in ("purchase", "cart", "click", "view")])
    np.testing.assert_allclose(history.weights, expected / np.sqrt(expected.sum()), rtol=1e-6)
    assert sorted(KIND_WEIGHTS.values(), reverse=True) == [1.0, 0.7, 0.4, 0.3]


def test_product_bought_again_counts_once_at_its_latest_purchase() -> None:
    snapshot = snapshot_of(random_weights(20))
    once = Profile("u", (Interaction("p1", 100 * DAY), Interaction("p2", 50 * DAY)))
    often = Profile("u", (Interaction("p1", 3 * DAY), *once.interactions, Interaction("p2", 20 * DAY)))
    assert recommended(snapshot, once, Query(10)) == recommended(snapshot, often, Query(10))


def test_purchases_beyond_the_history_limit_are_not_offered() -> None:
    snapshot = snapshot_of(random_weights(30, density=1.0), parameters=ServingParameters(history_limit=2))
    profile = bought(*(f"p{row}" for row in range(20)))
    assert set(recommended(snapshot, profile, Query(30))) == {f"p{row}" for row in range(20, 30)}


def test_history_limit_keeps_the_latest_products() -> None:
    limited = snapshot_of(random_weights(30), parameters=ServingParameters(history_limit=2))
    whole = snapshot_of(random_weights(30))
    assert recommended(
        limited, bought("p4", "p9", "p1", "p2"), Query(5, Filters(exclude=frozenset({"p1", "p2"})))
    ) == (recommended(whole, bought("p4", "p9"), Query(5, Filters(exclude=frozenset({"p1", "p2"})))))


def recommended(
    snapshot: Snapshot, profile: Profile, query: Query, corrections: Corrections | None = None
) -> list[str]:
    answer = for_you(snapshot, corrections or unchanged(snapshot), profile, query, STAGES)
    return [item.product_id for item in answer.items]
