"""Terms of scores."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.entities import (
    Answer,
    Interaction,
    Profile,
    Query,
)
from recommender.scenarios.bought_together import bought_together
from recommender.scenarios.for_you import for_you
from recommender.snapshot import ServingParameters, Snapshot
from tests.support.builders.core_requests import STAGES, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of


def shopper(rows: list[int]) -> Profile:
    days = enumerate(rows)
    return Profile("u", tuple(Interaction(f"p{row}", 86_400.0 * day) for day, row in days))


def recommend(snapshot: Snapshot, profile: Profile, query: Query) -> Answer:
    return for_you(snapshot, unchanged(snapshot), profile, query, STAGES)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.integers(0, 49), max_size=30),
    include_purchased=st.booleans(),
    trend=st.floats(0.2, 5.0),
)
def test_terms_sum_to_the_score(rows: list[int], include_purchased: bool, trend: float) -> None:
    factors = [trend if row % 2 else 1.0 for row in range(40)]
    snapshot = snapshot_of(random_weights(40), extra=10, trend=factors)
    query = Query(20, include_purchased=include_purchased, explain=True)
    for item in recommend(snapshot, shopper(rows), query).items:
        assert sum(term.value for term in item.terms) == pytest.approx(item.score, rel=1e-4)
        assert item.terms or not item.score


def test_terms_of_related_products_sum_to_the_score() -> None:
    snapshot = snapshot_of(random_weights(30, density=1.0), trend=[2.0] * 30, categories=["A", "B"] * 15)
    found = bought_together(snapshot, unchanged(snapshot), 3, Query(5, explain=True), STAGES)
    assert found.strategy == "related"
    for item in found.items:
        assert sum(term.value for term in item.terms) == pytest.approx(item.score, rel=1e-4)
        assert {term.product_id for term in item.terms if term.product_id} == {"p3"}


def test_terms_match_the_weights() -> None:
    weights = np.zeros((4, 4), dtype=np.float32)
    weights[0, 2], weights[1, 2] = 0.6, 0.2
    snapshot = snapshot_of(weights, rank=1, trend=[1.0, 1.0, 1.5, 1.0])
    profile = Profile("u", (Interaction("p0", 0.0), Interaction("p1", 0.0)))
    (item,) = recommend(snapshot, profile, Query(1, explain=True)).items
    share = 1 / np.sqrt(2)

    def of(product_id: str) -> float:
        return sum(term.value for term in item.terms if term.product_id == product_id)

    assert of("p0") == pytest.approx(0.6 * share, rel=1e-4)
    assert of("p1") == pytest.approx(0.2 * share, rel=1e-4)
    (trend,) = (term.value for term in item.terms if term.name == "trend")
    assert trend == pytest.approx(0.5 * 0.8 * share, rel=1e-4)
    assert item.reason.because == ("p0",)


def test_product_bought_before_has_a_frequency_term() -> None:
    snapshot = snapshot_of(random_weights(10), parameters=ServingParameters(repurchase_weight=0.01))
    answer = recommend(snapshot, shopper([1, 2, 1]), Query(1, include_purchased=True, explain=True))
    (frequency,) = (term for term in answer.items[0].terms if term.name == "frequency")
    assert frequency.product_id == answer.items[0].product_id
    assert frequency.value > 0


def test_popular_item_has_one_term_and_none_without_explain() -> None:
    snapshot = snapshot_of(random_weights(5))
    (item,) = recommend(snapshot, Profile("u"), Query(1, explain=True)).items
    assert [(term.name, term.value) for term in item.terms] == [("popularity", item.score)]
    assert recommend(snapshot, shopper([1]), Query(1)).items[0].terms == ()
