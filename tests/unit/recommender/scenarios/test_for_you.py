"""Recommending, against scores computed by hand from the weights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.telemetry import SilentStages
from recommender.entities import Filters, Interaction, Profile, Query
from recommender.pages import pipeline
from recommender.scenarios import item_lists
from recommender.snapshot import ServingParameters, Snapshot
from recommender.snapshot.overlay import Corrections, Overlay, ProductChange
from recommender.snapshot.tables import short_hash
from tests.support.builders.small_snapshots import random_weights, snapshot_of

STAGES = SilentStages()
DAY = 86_400.0
CATEGORIES = [f"{top} > {leaf}" for top in ("Pantry", "Bakery") for leaf in ("A", "B", "C")]


def unchanged(snapshot: Snapshot) -> Corrections:
    return Corrections.of(Overlay(), snapshot)


def bought(*products: str) -> Profile:
    return Profile(
        "u", tuple(Interaction(product, 100 * DAY - number) for number, product in enumerate(products))
    )


def recommended(
    snapshot: Snapshot, profile: Profile, query: Query, corrections: Corrections | None = None
) -> list[str]:
    answer = pipeline.recommend(snapshot, corrections or unchanged(snapshot), profile, query, STAGES)
    return [item.product_id for item in answer.items]


def test_scores_are_those_of_the_weights_on_their_support() -> None:
    weights = random_weights(40, density=1.0)
    snapshot = snapshot_of(weights, rank=3)
    times = {"p3": 0.0, "p17": -90 * DAY, "p25": -180 * DAY}
    profile = Profile("u", tuple(Interaction(name, at) for name, at in times.items()))
    recency = np.array([0.5 ** (-at / DAY / 180) for at in times.values()])
    expected = (recency / np.sqrt(recency.sum())) @ weights[[3, 17, 25]]
    answer = pipeline.recommend(snapshot, unchanged(snapshot), profile, Query(10), STAGES)
    assert answer.strategy == "personalised"
    scores = {item.product_id: item.score for item in answer.items}
    for name, score in scores.items():
        assert score == pytest.approx(expected[int(name[1:])], rel=1e-4)
    unseen = sorted(set(range(40)) - {3, 17, 25}, key=lambda row: -expected[row])
    assert list(scores) == [f"p{row}" for row in unseen[:10]]


def test_a_product_bought_again_counts_once_at_its_latest() -> None:
    snapshot = snapshot_of(random_weights(20))
    once = Profile("u", (Interaction("p1", 100 * DAY), Interaction("p2", 50 * DAY)))
    often = Profile("u", (Interaction("p1", 3 * DAY), *once.interactions, Interaction("p2", 20 * DAY)))
    assert recommended(snapshot, once, Query(10)) == recommended(snapshot, often, Query(10))


def test_nothing_bought_is_offered_even_beyond_the_history_limit() -> None:
    snapshot = snapshot_of(random_weights(30, density=1.0), parameters=ServingParameters(history_limit=2))
    profile = bought(*(f"p{row}" for row in range(20)))
    assert set(recommended(snapshot, profile, Query(30))) == {f"p{row}" for row in range(20, 30)}


def test_the_history_limit_keeps_the_latest() -> None:
    limited = snapshot_of(random_weights(30), parameters=ServingParameters(history_limit=2))
    whole = snapshot_of(random_weights(30))
    assert recommended(
        limited, bought("p4", "p9", "p1", "p2"), Query(5, Filters(exclude=frozenset({"p1", "p2"})))
    ) == (recommended(whole, bought("p4", "p9"), Query(5, Filters(exclude=frozenset({"p1", "p2"})))))


def test_a_stranger_gets_what_is_popular() -> None:
    snapshot = snapshot_of(random_weights(10), extra=3, buyers=[*range(1, 13), 0])
    answer = pipeline.recommend(snapshot, unchanged(snapshot), Profile("u"), Query(4), STAGES)
    assert answer.strategy == "popular"
    assert [item.product_id for item in answer.items] == ["p11", "p10", "p9", "p8"]
    assert answer.items[0].reason.text == "Bought by 12 shoppers in 90 days"


def test_popular_says_so_when_nobody_bought() -> None:
    snapshot = snapshot_of(random_weights(3), buyers=[0, 0, 1])
    answer = pipeline.popular(snapshot, unchanged(snapshot), Query(3), STAGES)
    assert [item.reason.text for item in answer.items] == [
        "Bought by 1 shopper in 90 days",
        "Not bought by anyone yet",
        "Not bought by anyone yet",
    ]


def test_products_that_are_gone_do_not_hinder() -> None:
    snapshot = snapshot_of(random_weights(20))
    assert recommended(snapshot, bought("gone", "p1"), Query(5)) == recommended(
        snapshot, bought("p1"), Query(5)
    )
    answer = pipeline.recommend(snapshot, unchanged(snapshot), bought("gone"), Query(5), STAGES)
    assert answer.strategy == "popular"


def test_a_page_is_filled_with_popular_items_when_personal_ones_run_out() -> None:
    weights = np.zeros((6, 6), dtype=np.float32)
    weights[0, 1] = weights[0, 2] = 0.5
    snapshot = snapshot_of(weights, rank=2, extra=2, buyers=[9, 1, 1, 8, 7, 1, 6, 5])
    answer = pipeline.recommend(snapshot, unchanged(snapshot), bought("p0"), Query(5), STAGES)
    codes = [(item.product_id, item.reason.code) for item in answer.items]
    assert set(codes[:2]) == {("p1", "because_you_bought"), ("p2", "because_you_bought")}
    assert codes[2:] == [("p3", "popular"), ("p4", "popular"), ("p6", "popular")]


@settings(max_examples=150, deadline=None)
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


def test_the_overlay_holds_for_products_back_in_stock() -> None:
    snapshot = snapshot_of(random_weights(5, density=1.0), in_stock=[False] * 5)
    back = Corrections.of(Overlay({"p3": ProductChange(True, False, b"{}")}), snapshot)
    assert recommended(snapshot, bought("p0"), Query(5, Filters(in_stock=True)), back) == ["p3"]


def test_similar_is_about_one_product_and_never_the_product_itself() -> None:
    weights = random_weights(30, density=1.0)
    snapshot = snapshot_of(weights, rank=3)
    answer = pipeline.similar(snapshot, unchanged(snapshot), 4, Query(5), STAGES)
    assert answer.strategy == "similar"
    best = sorted(set(range(30)) - {4}, key=lambda row: -weights[4, row])[:5]
    assert [item.product_id for item in answer.items] == [f"p{row}" for row in best]
    assert answer.items[0].reason.text == "Similar to Product p4"
    assert answer.items[0].reason.because == ("p4",)


def test_similar_to_a_product_without_vector_is_what_is_popular() -> None:
    snapshot = snapshot_of(random_weights(5), extra=1)
    answer = pipeline.similar(snapshot, unchanged(snapshot), 5, Query(3), STAGES)
    assert answer.strategy == "popular"
    assert len(answer.items) == 3


def test_that_popular_list_begins_with_its_own_category() -> None:
    snapshot = snapshot_of(random_weights(5), extra=3, categories=["Garden"] * 5 + ["Food", "Food", "Garden"])
    answer = pipeline.similar(snapshot, unchanged(snapshot), 5, Query(3), STAGES)
    assert [item.product_id for item in answer.items] == ["p6", "p0", "p1"]


@pytest.mark.parametrize("limit", [1, 2, 7, 40])
@pytest.mark.parametrize("row", [0, 31])
def test_lists_around_a_product_hold_all_that_matches(row: int, limit: int) -> None:
    shelves = [f"Shelf {number % 4}" for number in range(36)]
    snapshot = snapshot_of(
        random_weights(30, density=0.1), extra=6, categories=shelves, brands=["A", "B", "B"] * 12
    )
    matching = {f"p{number}" for number in range(36) if number % 3 and number != row}
    for ask in (pipeline.similar, item_lists.bought_together):
        found: list[str] = []
        more = True
        while more:
            query = Query(limit, Filters(brands=("B",)), shown=tuple(map(short_hash, found)))
            answer = ask(snapshot, unchanged(snapshot), row, query, STAGES)
            assert answer.items
            found += [item.product_id for item in answer.items]
            more = answer.more
        assert len(found) == len(set(found))
        assert set(found) == matching


def test_rounding_is_no_evidence() -> None:
    weights = np.zeros((40, 40), dtype=np.float32)
    weights[:20, :20], weights[20:, 20:] = (
        random_weights(20, density=1),
        random_weights(20, seed=2, density=1),
    )
    snapshot = snapshot_of(weights, rank=39)
    answer = pipeline.recommend(snapshot, unchanged(snapshot), bought("p0", "p1"), Query(40), STAGES)
    personal = [item.product_id for item in answer.items if item.reason.code == "because_you_bought"]
    assert set(personal) == {f"p{row}" for row in range(2, 20)}


def test_reasons_name_the_products_that_contribute_most() -> None:
    weights = np.zeros((5, 5), dtype=np.float32)
    weights[0, 3], weights[1, 3], weights[2, 3], weights[2, 4] = 0.9, 0.1, 0.6, 0.5
    snapshot = snapshot_of(weights, rank=4, titles=["Flour", "Salt", "Yeast", "Bread", "Beer"])
    same_day = Profile("u", tuple(Interaction(f"p{row}", 0.0) for row in range(3)))
    answer = pipeline.recommend(snapshot, unchanged(snapshot), same_day, Query(2), STAGES)
    bread, beer = answer.items
    assert bread.product_id == "p3"
    assert bread.reason.text == "Because you bought Flour and Yeast"
    assert bread.reason.because == ("p0", "p2")
    assert beer.reason.because == ("p2",)


def test_a_cause_with_the_items_own_title_is_told_apart() -> None:
    weights = np.zeros((3, 3), dtype=np.float32)
    weights[0, 2] = weights[1, 2] = 0.5
    snapshot = snapshot_of(weights, rank=2, titles=["Salt", "Rye Bread", "Rye Bread"])
    same_day = Profile("u", tuple(Interaction(f"p{row}", 0.0) for row in range(2)))
    (bread,) = pipeline.recommend(snapshot, unchanged(snapshot), same_day, Query(1), STAGES).items
    assert bread.reason.text == "Because you bought Salt and another Rye Bread"


@pytest.mark.parametrize("warm", [40, 9])
def test_contributions_sum_to_the_score(warm: int) -> None:
    from recommender import candidate_generation, explanations, profiles, ranking

    snapshot = snapshot_of(random_weights(40), rank=3, warm=warm)
    history = profiles.history_of(bought("p5", "p1", "p30"), snapshot)
    query = candidate_generation.query_vector(snapshot, history)
    sums = candidate_generation.neighbour_sums(snapshot, history)
    rows = np.array([39, 2, 7, 11], dtype=np.int32)
    terms = explanations.contributions(snapshot, history, rows)
    np.testing.assert_allclose(
        terms.sum(axis=1), ranking.exact_scores(snapshot, query, sums, rows), rtol=1e-4, atol=1e-6
    )
