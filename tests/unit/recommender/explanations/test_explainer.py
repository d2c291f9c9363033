"""Reasons and contributions of personal recommendations."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender import candidate_generation, explanations, profiles, ranking
from recommender.entities import NO_FREQUENCY, History, Interaction, Profile, Query, Recommendation
from recommender.explanations.contributions import evidence
from recommender.explanations.reasons import MAX_HISTORY_TREND
from recommender.pages.kept_states import KeptStates
from recommender.scenarios.for_you import for_you
from tests.support.builders.core_requests import STAGES, bought, resolved, unchanged
from tests.support.builders.small_snapshots import random_weights, snapshot_of


def test_reasons_name_the_products_that_contribute_most() -> None:
    weights = np.zeros((5, 5), dtype=np.float32)
    weights[0, 3], weights[1, 3], weights[2, 3], weights[2, 4] = 0.9, 0.1, 0.6, 0.5
    snapshot = snapshot_of(weights, rank=4, titles=["Flour", "Salt", "Yeast", "Bread", "Beer"])
    same_day = Profile("u", tuple(Interaction(f"p{row}", 0.0) for row in range(3)))
    answer = for_you(snapshot, unchanged(snapshot), same_day, Query(2), STAGES)
    bread, beer = answer.items
    assert bread.product_id == "p3"
    assert bread.reason.text == "Because you bought Flour and Yeast"
    assert bread.reason.because == ("p0", "p2")
    assert beer.reason.because == ("p2",)


@pytest.mark.parametrize(("buyers", "code"), [(9, "because_you_bought"), (90, "popular")])
def test_products_that_popularity_alone_recommends_name_their_buyers(buyers: int, code: str) -> None:
    weights = np.zeros((4, 4), dtype=np.float32)
    weights[:2, 2], weights[:2, 3] = 0.9, 0.5
    snapshot = snapshot_of(weights, rank=3, buyers=[30, 30, 20, buyers])
    answer = for_you(snapshot, unchanged(snapshot), bought("p0", "p1"), Query(2), STAGES)
    assert [(item.product_id, item.reason.code) for item in answer.items] == [
        ("p2", "because_you_bought"),
        ("p3", code),
    ]


@pytest.mark.parametrize(
    ("buyers", "limit", "code"),
    [(60, 6, "popular"), (60, 4, "because_you_bought"), (160, 6, "because_you_bought")],
)
def test_cause_of_most_of_a_page_says_more_than_another_one(buyers: int, limit: int, code: str) -> None:
    """It adds twice or nearly four times what popularity explains."""
    weights = np.zeros((7, 7), dtype=np.float32)
    weights[0, 1:] = np.linspace(0.5, 0.52, 6)
    snapshot = snapshot_of(weights, rank=3, buyers=[buyers, *[10] * 6])
    kept = KeptStates()
    for_you(snapshot, unchanged(snapshot), bought("p0"), Query(10 - limit), STAGES, kept=kept)
    answer = for_you(snapshot, unchanged(snapshot), bought("p0"), Query(limit), STAGES, kept=kept)
    assert [item.reason.code for item in answer.items] == [code] * limit


def test_dimension_of_popularity_makes_no_cause() -> None:
    weights = np.zeros((4, 4), dtype=np.float32)
    weights[0, 2] = 0.9
    plain = snapshot_of(weights, rank=3, buyers=[30, 30, 20, 9])
    popularity = np.array([[0], [0], [0.1], [0.5]], np.float32)
    snapshot = replace(
        plain,
        item_vectors=np.hstack([plain.item_vectors, popularity]),
        query_vectors=np.hstack([plain.query_vectors, np.ones((4, 1), np.float32)]),
        parameters=replace(plain.parameters, popularity_dimensions=1),
    )
    history = profiles.single_product(0)
    explainer = explanations.history_explainer(snapshot, history, NO_FREQUENCY, lambda ids: {})
    codes = [reason.code for reason in explainer.reasons(np.array([2, 3], np.int32))]
    assert codes == ["because_you_bought", "popular"]


def test_cause_with_the_title_of_the_item_is_called_another() -> None:
    weights = np.zeros((3, 3), dtype=np.float32)
    weights[0, 2] = weights[1, 2] = 0.5
    snapshot = snapshot_of(weights, rank=2, titles=["Salt", "Rye Bread", "Rye Bread"])
    same_day = Profile("u", tuple(Interaction(f"p{row}", 0.0) for row in range(2)))
    (bread,) = for_you(snapshot, unchanged(snapshot), same_day, Query(1), STAGES).items
    assert bread.reason.text == "Because you bought Salt and another Rye Bread"


@pytest.mark.parametrize(
    ("title", "named"),
    [
        (" Rye   Bread ", "Rye Bread"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
        ("緑茶" * 40, "緑茶" * 29 + "緑…"),
        (
            "Stapler, Optima 40, Compact, 40 Sheet Capacity, Low Force, Orange/Silver (87842)",
            "Stapler, Optima 40, Compact, 40 Sheet Capacity, Low Force…",
        ),
    ],
)
def test_long_title_is_cut_after_a_word(title: str, named: str) -> None:
    weights = np.zeros((2, 2), dtype=np.float32)
    weights[0, 1] = 0.5
    snapshot = snapshot_of(weights, rank=2, titles=[title, "Salt"])
    (salt,) = for_you(snapshot, unchanged(snapshot), bought("p0"), Query(1), STAGES).items
    assert salt.reason.text == f"Because you bought {named}"


@pytest.mark.parametrize(
    ("title", "item", "named"),
    [
        ("Red, 12 Count", "Blue, 12 Count", "Flair Felt Tip Pens, Medium Point (0.7mm)… Red, 12 Count"),
        ("Dark Red", "Dark Blue", "Flair Felt Tip Pens, Medium Point (0.7mm), Box of 12… Red"),
        ("Red", "Red", "another Flair Felt Tip Pens, Medium Point (0.7mm), Box of 12…"),
        ("Red", "Red, 2 Count", "Flair Felt Tip Pens, Medium Point (0.7mm), Box of 12… Red"),
        ("Red, " + "long " * 9, "Blue", "Flair Felt Tip Pens, Medium… Red, long long long long…"),
    ],
)
def test_long_titles_are_told_apart_by_their_difference(title: str, item: str, named: str) -> None:
    weights = np.zeros((2, 2), dtype=np.float32)
    weights[0, 1] = 0.5
    series = "Flair Felt Tip Pens, Medium Point (0.7mm), Box of 12 Pieces, "
    snapshot = snapshot_of(weights, rank=2, titles=[series + title, series + item])
    (pens,) = for_you(snapshot, unchanged(snapshot), bought("p0"), Query(1), STAGES).items
    assert pens.reason.text == f"Because you bought {named}"


@pytest.mark.parametrize(("products", "warm"), [(40, 40), (40, 9), (900, 900), (900, 9)])
def test_contributions_sum_to_the_score(products: int, warm: int) -> None:
    """In 40 rows by a table, in 900 by sorting."""
    weights = np.zeros((products, products), dtype=np.float32)
    weights[:40, :40] = random_weights(40, density=0.1)
    snapshot = snapshot_of(weights, rank=3, warm=warm)
    history = profiles.history_of(bought("p5", "p1", "p30").interactions, snapshot, resolved(snapshot))
    query = candidate_generation.query_vector(snapshot, history)
    rows = np.array([39, 2, 7, 11], dtype=np.int32)
    terms = np.add(*explanations.split_contributions(snapshot, history, rows))
    np.testing.assert_allclose(
        terms.sum(axis=1),
        ranking.score_rows(snapshot, query, history, NO_FREQUENCY, rows),
        rtol=1e-4,
        atol=1e-6,
    )


@pytest.mark.parametrize("warm", [40, 9])
def test_main_causes_are_the_largest_and_a_comparable_second(warm: int) -> None:
    snapshot = snapshot_of(random_weights(40, density=0.1), rank=3, warm=warm)
    history = profiles.history_of(
        bought(*(f"p{row}" for row in range(12))).interactions, snapshot, resolved(snapshot)
    )
    rows = np.arange(12, 40, dtype=np.int32)
    lengths = set()
    for shares, causes in zip(
        np.add(*explanations.split_contributions(snapshot, history, rows)),
        evidence(snapshot, history, rows),
        strict=True,
    ):
        best, second = np.argsort(-shares, kind="stable")[:2].tolist()
        expected = (
            [] if shares[best] <= 0 else [best] if shares[second] < 0.5 * shares[best] else [best, second]
        )
        assert list(causes.positions) == expected
        lengths.add(len(causes.positions))
    assert lengths >= {1, 2}
    assert evidence(snapshot, history, rows[:0]) == []
    nothing = History(rows[:0], np.empty(0, np.float32), rows[:0])
    assert evidence(snapshot, nothing, rows[:2]) == [((), ()), ((), ())]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1000),
    rows=st.lists(st.integers(0, 39), min_size=1, max_size=10, unique=True),
    include_purchased=st.booleans(),
    warm=st.sampled_from([40, 25]),
)
def test_reason_names_the_largest_part_of_the_score(
    seed: int, rows: list[int], include_purchased: bool, warm: int
) -> None:
    random = np.random.default_rng(seed)
    snapshot = snapshot_of(
        random_weights(40, seed, density=0.2),
        rank=6,
        warm=warm,
        trend=random.uniform(0.3, 4.0, 40).tolist(),
        trending=random.uniform(0.0, 4.0, 40).tolist(),
        buyers=[0] * 40,
    )
    query = Query(20, include_purchased=include_purchased, explain=True)
    for item in for_you(
        snapshot, unchanged(snapshot), bought(*(f"p{row}" for row in rows)), query, STAGES
    ).items:
        if item.terms[0].name in ("factors", "neighbour"):
            check_reason(item, float(snapshot.trends().ratios[int(item.product_id[1:])]))


def check_reason(item: Recommendation, told: float) -> None:
    """The trend explains scores that it dominates if `told` is a trend, too.

    The largest product explains all others.
    """
    parts = Counter[str]()
    for term in item.terms:
        if term.name in ("factors", "neighbour") and term.product_id:
            parts[term.product_id] += term.value
    (trend,) = [term.value for term in item.terms if term.name == "trend"]
    if trend > 0.501 * item.score and told > MAX_HISTORY_TREND:
        assert item.reason.code == "trending"
    elif trend < 0.499 * item.score or told <= MAX_HISTORY_TREND:
        assert item.reason.code == "because_you_bought"
        assert parts[item.reason.because[0]] == pytest.approx(max(parts.values()), rel=1e-4)


def test_item_of_the_trend_names_the_demand() -> None:
    weights = np.zeros((4, 4), dtype=np.float32)
    weights[0, 1:] = 0.5
    snapshot = snapshot_of(
        weights,
        rank=1,
        titles=["Chilli lights", "Bicycle kit", "Lantern", "Rare bell"],
        trend=[1.0, 8.9, 2.0, 8.0],
        trending=[0.0, 19.73, 3.0, 1.9],
    )
    kit, bell, lantern = for_you(snapshot, unchanged(snapshot), bought("p0"), Query(3), STAGES).items
    assert (kit.reason.text, kit.reason.because) == ("Sells 19.7 times as well as usual", ())
    assert kit.reason.values == {"ratio": 19.7, "window_days": 14}
    assert lantern.reason.text == "Because you bought Chilli lights"
    assert bell.reason.text == "Because you bought Chilli lights"
